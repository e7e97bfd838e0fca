// floor.node: the bursts of consumer.c in the event loop of a Node program, with one call of an empty JavaScript function for each: what
// Node costs before a library has done anything.
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
int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
int napi_make_callback(napi_env, void *, napi_value, napi_value, size_t, const napi_value *, napi_value *);

static napi_env env;
static napi_ref handler;
static uv_poll_t readable;

static void on_burst(uv_poll_t *poll, int status, int events) {
  napi_handle_scope scope;
  napi_value global, function;
  on_readable(poll, status, events);
  napi_open_handle_scope(env, &scope);
  napi_get_global(env, &global);
  napi_get_reference_value(env, handler, &function);
  napi_make_callback(env, NULL, global, function, 0, NULL, NULL);
  napi_close_handle_scope(env, scope);
}

/** (queue, function) */
static napi_value run(napi_env e, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  uv_loop_t *loop;
  char *none[] = {NULL};
  env = e;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_get_value_int32(env, arguments[0], &queue);
  napi_create_reference(env, arguments[1], 1, &handler);
  napi_get_uv_event_loop(env, &loop);
  queues = 1;
  bind_queues(none);
  prepare_bursts();
  uv_poll_init(loop, &readable, fd);
  uv_poll_start(&readable, UV_READABLE, on_burst);
  return NULL;
}

napi_value napi_register_module_v1(napi_env e, napi_value exports) {
  napi_value function = exports;
  napi_create_function(e, "run", 3, run, NULL, &function);
  return function;
}
