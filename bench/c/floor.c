// floor.node: the bursts of consumer.c in the event loop of a Node program, before a library has done anything. Judged in C, with one call of an
// empty JavaScript function for each: what Node costs. Or judged in JavaScript, by hand: what judging there costs.
#define main consumer
#include "consumer.c"
#undef main

// Of Node-API, whose ABI is stable, as much as is used here.
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_callback_info__ *napi_callback_info;
typedef struct napi_handle_scope__ *napi_handle_scope;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_get_uv_event_loop(napi_env, uv_loop_t **);
int napi_create_reference(napi_env, napi_value, uint32_t, napi_ref *);
int napi_get_reference_value(napi_env, napi_ref, napi_value *);
int napi_open_handle_scope(napi_env, napi_handle_scope *);
int napi_close_handle_scope(napi_env, napi_handle_scope);
int napi_get_global(napi_env, napi_value *);
int napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
int napi_get_value_int32(napi_env, napi_value, int32_t *);
int napi_get_arraybuffer_info(napi_env, napi_value, void **, size_t *);
int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
int napi_make_callback(napi_env, void *, napi_value, napi_value, size_t, const napi_value *, napi_value *);

static napi_env env;
static napi_ref handler;
static uv_poll_t readable;

/** Microtasks have run when it returns. */
static void call_back(void) {
  napi_handle_scope scope;
  napi_value global, function;
  napi_open_handle_scope(env, &scope);
  napi_get_global(env, &global);
  napi_get_reference_value(env, handler, &function);
  napi_make_callback(env, NULL, global, function, 0, NULL, NULL);
  napi_close_handle_scope(env, scope);
}

static void on_burst(uv_poll_t *poll, int status, int events) {
  on_readable(poll, status, events);
  call_back();
}

/** Of memory that JavaScript sees: messages, slot by slot; verdicts; and numbers: how many messages there are, and bytes of verdicts. */
static uint8_t *verdicts;
static int32_t *numbers;

static void send_verdicts(void) {
  if (numbers[1]) send_all(verdicts, numbers[1]);
  numbers[1] = 0;
}

static void on_messages(uv_poll_t *poll, int status, int events) {
  (void)events;
  if (status < 0) uv_poll_start(poll, UV_READABLE, poll->poll_cb);
  int n;
  do n = recvmmsg(fd, messages, slots, MSG_DONTWAIT, NULL);
  while (n < 0 && errno == ENOBUFS);
  if (n <= 0) return;
  numbers[0] = n;
  call_back();
  send_verdicts();
}

static void watch(napi_env e, napi_value number, napi_value function, char **options, uv_poll_cb on_event) {
  uv_loop_t *loop;
  env = e;
  napi_get_value_int32(env, number, &queue);
  napi_create_reference(env, function, 1, &handler);
  napi_get_uv_event_loop(env, &loop);
  queues = 1;
  bind_queues(options);
  uv_poll_init(loop, &readable, fd);
  uv_poll_start(&readable, UV_READABLE, on_event);
}

/** (queue, function, whether payloads are sent back) */
static napi_value in_c(napi_env e, napi_callback_info info) {
  napi_value given[3];
  size_t count = 3;
  char *none[] = {NULL};
  napi_get_cb_info(e, info, &count, given, NULL, NULL);
  napi_get_value_int32(e, given[2], &rewrite);
  prepare_bursts();
  watch(e, given[0], given[1], none, on_burst);
  return NULL;
}

/** (queue, function, memory): of slots, as many bytes for verdicts, and numbers. */
static napi_value by_hand(napi_env e, napi_callback_info info) {
  napi_value given[3];
  size_t count = 3, length;
  void *memory;
  char *room[] = {"maxlen=16384", "buffer=67108864", NULL};
  napi_get_cb_info(e, info, &count, given, NULL, NULL);
  napi_get_arraybuffer_info(e, given[2], &memory, &length);
  prepare_bursts();
  for (int i = 0; i < slots; i++) messages[i].msg_hdr.msg_iov->iov_base = (uint8_t *)memory + (size_t)i * slot;
  verdicts = (uint8_t *)memory + (size_t)slots * slot;
  numbers = (int32_t *)(verdicts + (size_t)slots * slot);
  watch(e, given[0], given[1], room, on_messages);
  return NULL;
}

static napi_value send_now(napi_env e, napi_callback_info info) {
  (void)e, (void)info;
  send_verdicts();
  return NULL;
}

static void export(napi_env e, napi_value exports, const char *name, napi_callback call) {
  napi_value function;
  napi_create_function(e, name, strlen(name), call, NULL, &function);
  napi_set_named_property(e, exports, name, function);
}

napi_value napi_register_module_v1(napi_env e, napi_value exports) {
  export(e, exports, "inC", in_c);
  export(e, exports, "byHand", by_hand);
  export(e, exports, "send", send_now);
  return exports;
}
