#include <errno.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "arguments.h"
#include "clock.h"
#include "socket.h"

// A socket's place in the event loop: from `receive` to `close`.

/** After so many datagrams more have arrived meanwhile, as a rule: reading them now spares a way through the event loop. */
constexpr int worthAskingAgain = 8;

/** Nanoseconds a burst may read; more would not be a turn of the event loop. */
constexpr int64_t longestBurst = INT64_C(1'000'000'000);

/** (deliver, fail, slab, heads, spans, slots, stride, head, bursts, nanoseconds, by a thread instead of libuv, origin, framed): get ready; `resume` starts. */
Napi::Value Socket::Receive(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  return Napi::Number::New(env, !netlink_.open() ? -EBADF : watch_ ? -EALREADY : Prepare(info));
}

int Socket::Prepare(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  uint32_t slots = 0;
  uint32_t stride = 0;
  uint32_t head = 0;
  if (!info[0].IsFunction() || !info[1].IsFunction()) return -EINVAL;
  if (!IsArray(info[2], napi_uint8_array) || !IsArray(info[3], napi_uint8_array)) return -EINVAL;
  if (!IsArray(info[4], napi_int32_array) || !Whole(info[5], 1, INT32_MAX, &slots)) return -EINVAL;
  if (!Whole(info[6], 1, INT32_MAX, &stride) || !Whole(info[7], 0, stride - 1, &head)) return -EINVAL;
  if (!Whole(info[8], 1, INT32_MAX, &bursts_) || !Whole(info[9], 0, longestBurst, &nanoseconds_)) return -EINVAL;
  if (!info[11].IsNumber()) return -EINVAL;
  origin_ = info[11].As<Napi::Number>().DoubleValue();
  framed_ = info[12].ToBoolean();
  if (static_cast<uint64_t>(slots) * stride > Burst::largestSlab) return -EINVAL;
  std::unique_ptr<Burst> burst = Burst::Make(slots, stride, head);
  if (!burst) return -ENOMEM;
  const auto make = info[10].ToBoolean() ? Watch::ByThread : Watch::ByLibuv;
  int error = 0;
  if (!(watch_ = make(env, netlink_.fd(), this, &error))) return error;
  deliver_ = Napi::Persistent(info[0].As<Napi::Function>());
  fail_ = Napi::Persistent(info[1].As<Napi::Function>());
  slab_.Keep(info[2].As<Napi::TypedArray>());
  heads_.Keep(info[3].As<Napi::TypedArray>());
  spans_.Keep(info[4].As<Napi::TypedArray>());
  burst_ = std::move(burst);
  // Of this object, which lives as long: what is made for the context alone goes with the next collection, and the context is forgotten.
  if (watch_->settles()) context_ = std::make_unique<Napi::AsyncContext>(env, "MnlSocket", Value());
  if (!held_) Ref();
  held_ = true;
  return 0;
}

/** (memory, whether it is that of heads): the next burst goes there. */
void Socket::Slab(const Napi::CallbackInfo& info) {
  KeptArray& memory = info[1].ToBoolean() ? heads_ : slab_;
  if (watch_ && IsArray(info[0], napi_uint8_array)) memory.Keep(info[0].As<Napi::TypedArray>());
}

Napi::Value Socket::Resume(const Napi::CallbackInfo& info) {
  int result = 0;
  if (watch_ && !reading_) {
    result = watch_->Start();
    reading_ = result == 0;
  }
  return Napi::Number::New(info.Env(), result);
}

void Socket::Pause(const Napi::CallbackInfo& info) { Stop(); }

/** A turn within the caller's own, which may be what a delivery has made due; but nothing overtakes a failure. */
void Socket::ReadNow(const Napi::CallbackInfo& info) {
  if (reading_ && !failing_) Readable(0);
}

void Socket::Stop() {
  if (watch_ && reading_) watch_->Stop();
  reading_ = false;
}

void Socket::Close(const Napi::CallbackInfo& info) { Shut(); }

void Socket::Shut() {
  reading_ = false;
  if (Watch* watch = watch_) {
    watch_ = nullptr;
    watch->Close();
    deliver_.Reset();
    fail_.Reset();
    slab_.Reset();
    heads_.Reset();
    spans_.Reset();
    if (!turning_) LetGo();
  }
  // Nobody waits for the descriptor by now.
  netlink_.Close();
}

/** The environment deletes this object, whoever holds it. */
void Socket::Teardown() {
  held_ = false;
  Shut();
}

/** Closed, and no callback under way. */
void Socket::LetGo() {
  context_.reset();
  if (held_) Unref();
  held_ = false;
}

void Socket::Readable(int error) {
  const bool outer = turning_;
  turning_ = true;
  if (error == 0) {
    Turn();
  } else {
    Napi::HandleScope scope(Env());
    reading_ = false;
    Call(fail_, -error);
  }
  turning_ = outer;
  // Callbacks may have closed the socket.
  if (!watch_ && !turning_) LetGo();
}

/** One turn of the event loop: a few bursts, so that a flood leaves time for everybody else. An overrun is told behind them: until all is read nothing more arrives. */
void Socket::Turn() {
  uint64_t start = 0;
  bool overrun = false;
  const uint32_t bursts = watch_->settles() ? bursts_ : 1;
  for (uint32_t i = 0; reading_ && i < bursts; i++) {
    Napi::HandleScope scope(Env());
    int received;
    // recvmmsg reports an overrun without clearing the socket's congestion; only a read does, even of nothing. Without it
    // the kernel queues nothing more, and polling waits for ever.
    while ((received = ReadBurst()) == -ENOBUFS || received == -EINTR) overrun |= received == -ENOBUFS;
    // What is called may read another burst.
    const int wanted = wanted_;
    const bool truncated = received > 0 && burst_->truncated() > 0;
    const bool failed = received < 0 && received != -EAGAIN;
    failing_ = overrun || truncated || failed;
    if (received > 0 && burst_->length() > 0) Deliver();
    if (truncated && watch_) Call(fail_, EMSGSIZE);
    if (failed && watch_) {
      // Other code took the memory away, or closed our descriptor: every read would fail.
      if (received == -EFAULT || received == -EBADF) Stop();
      Call(fail_, -received);
    }
    failing_ = overrun;
    if (received < (overrun ? 1 : std::min(wanted, worthAskingAgain))) break;
    // Most turns have ended by now, so only those that go on pay for the clock.
    const uint64_t now = Clock();
    if (start == 0) start = now;
    if (now - start >= static_cast<uint64_t>(nanoseconds_)) break;
  }
  if (overrun && watch_) {
    Napi::HandleScope scope(Env());
    Call(fail_, ENOBUFS);
  }
  failing_ = false;
}

int Socket::ReadBurst() {
  const size_t slots = burst_->slots();
  uint8_t* slab = slab_.At(Env(), slots * burst_->stride());
  uint8_t* heads = heads_.At(Env(), slots * burst_->head());
  auto* spans = reinterpret_cast<int32_t*>(spans_.At(Env(), (2 * slots + 4) * sizeof(int32_t)));
  if (!slab || (!heads && burst_->head() > 0) || !spans) return -EFAULT;
  const Slots large{slab, static_cast<uint32_t>(spans[2 * slots])};
  const Slots small{heads, static_cast<uint32_t>(spans[2 * slots + 1])};
  const uint32_t first = std::max(large.first, small.first);
  if (first >= slots) return -EFAULT;
  wanted_ = static_cast<int>(slots - first);
  const int received = burst_->Receive(netlink_.fd(), large, small, spans, nanoseconds_, !netlink_.grouped());
  if (received > 0) {
    const double readAt = burst_->readAt() * 1e-6 + origin_;
    memcpy(spans + 2 * slots + 2, &readAt, sizeof readAt);
  }
  return received;
}

/** Hand over the burst, and send what is answered before microtasks and `process.nextTick` run. */
void Socket::Deliver() {
  napi_callback_scope scope;
  const bool scoped = context_ && napi_open_callback_scope(Env(), nullptr, *context_, &scope) == napi_ok;
  const napi_value answer = Call(deliver_, burst_->length(), burst_->isShort(), scoped);
  if (answer) Answer(Napi::Value(Env(), answer));
  if (scoped) napi_close_callback_scope(Env(), scope);
}

/** To the kernel; what then cannot be sent, or is no datagram, is told at once. */
void Socket::Answer(const Napi::Value& datagram) {
  if (datagram.IsUndefined()) return;
  const int result = Send(datagram);
  if (result < 0 && watch_) Call(fail_, -result, true);
}

/**
 * Call into JavaScript as an event: microtasks and `process.nextTick` run before this returns, or before the scope is closed that this is within. Returns what the
 * function does, or null where it throws.
 */
napi_value Socket::Call(const Napi::FunctionReference& callback, uint32_t argument, bool flag, bool scoped) {
  Napi::Env env = Env();
  const napi_value function = callback.Value();
  const napi_value arguments[] = {Napi::Number::New(env, argument), Napi::Boolean::New(env, flag)};
  napi_value result;
  const napi_async_context context = context_ ? static_cast<napi_async_context>(*context_) : nullptr;
  // A scope has made the event already, but for the frame.
  const napi_status status = scoped && !framed_
                                 ? napi_call_function(env, function, function, 2, arguments, &result)
                                 : napi_make_callback(env, context, function, function, 2, arguments, &result);
  if (status == napi_ok) return result;
  napi_value exception;
  if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &exception) == napi_ok)
    napi_fatal_exception(env, exception);
  return nullptr;
}
