#include <errno.h>

#include <algorithm>
#include <new>

#include "arguments.h"
#include "clock.h"
#include "socket.h"

// A socket's place in the event loop: from `receive` to `close`.

/** After so many datagrams more have arrived meanwhile, as a rule: reading them now spares a way through the event loop. */
constexpr int worthAskingAgain = 8;

/** Nanoseconds a burst may read; more would not be a turn of the event loop. */
constexpr int64_t longestBurst = INT64_C(1'000'000'000);

/** (deliver, fail, slab, heads, spans, slots, stride, head, bursts, nanoseconds, by a thread instead of libuv): get ready; `resume` starts. */
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
  if (static_cast<uint64_t>(slots) * stride > Burst::largestSlab) return -EINVAL;
  std::unique_ptr<Burst> burst = Burst::Make(slots, stride, head);
  if (!burst) return -ENOMEM;
  const auto make = info[10].ToBoolean() ? Watch::ByThread : Watch::ByLibuv;
  int error = 0;
  if (!(watch_ = make(env, netlink_.fd(), this, &error))) return error;
  deliver_ = Napi::Persistent(info[0].As<Napi::Function>());
  fail_ = Napi::Persistent(info[1].As<Napi::Function>());
  slab_ = Napi::Persistent(info[2].As<Napi::Object>());
  heads_ = Napi::Persistent(info[3].As<Napi::Object>());
  spans_ = Napi::Persistent(info[4].As<Napi::Object>());
  burst_ = std::move(burst);
  // Of this object, which lives as long: what is made for the context alone goes with the next collection, and the context is forgotten.
  if (watch_->settles()) context_ = std::make_unique<Napi::AsyncContext>(env, "MnlSocket", Value());
  Ref();
  return 0;
}

/** (memory, whether it is that of heads): the next burst goes there. */
void Socket::Slab(const Napi::CallbackInfo& info) {
  Napi::ObjectReference& memory = info[1].ToBoolean() ? heads_ : slab_;
  if (watch_ && IsArray(info[0], napi_uint8_array)) memory = Napi::Persistent(info[0].As<Napi::Object>());
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
    if (!turning_) context_.reset();
    deliver_.Reset();
    fail_.Reset();
    slab_.Reset();
    heads_.Reset();
    spans_.Reset();
    Unref();
  }
  // Nobody waits for the descriptor by now.
  netlink_.Close();
}

void Socket::Readable(int error) {
  Napi::HandleScope scope(Env());
  // Callbacks may close the socket, which lets go of the last reference to it.
  [[maybe_unused]] const Napi::Object alive = Value();
  const bool outer = turning_;
  turning_ = true;
  if (error == 0) {
    Turn();
  } else {
    reading_ = false;
    Call(fail_, -error);
  }
  turning_ = outer;
  if (!watch_ && !turning_) context_.reset();
}

/** One turn of the event loop: a few bursts, so that a flood leaves time for everybody else. */
void Socket::Turn() {
  uint64_t start = 0;
  const uint32_t bursts = watch_->settles() ? bursts_ : 1;
  for (uint32_t i = 0; reading_ && i < bursts; i++) {
    Napi::HandleScope scope(Env());
    bool overrun = false;
    int received;
    // recvmmsg reports an overrun without clearing the socket's congestion; only a read does, even of nothing. Without it
    // the kernel queues nothing more, and polling waits for ever.
    while ((received = ReadBurst()) == -ENOBUFS || received == -EINTR) overrun |= received == -ENOBUFS;
    // What is called may read another burst.
    const int wanted = wanted_;
    const bool truncated = received > 0 && burst_->truncated() > 0;
    const bool failed = received < 0 && received != -EAGAIN;
    failing_ = overrun || truncated || failed;
    if (received > 0 && burst_->length() > 0) Call(deliver_, burst_->length(), burst_->isShort());
    if (overrun && watch_) Call(fail_, ENOBUFS);
    if (truncated && watch_) Call(fail_, EMSGSIZE);
    if (failed && watch_) {
      // Other code took the memory away, or closed our descriptor: every read would fail.
      if (received == -EFAULT || received == -EBADF) Stop();
      Call(fail_, -received);
    }
    failing_ = false;
    // Most turns end here, so only those that go on pay for the clock.
    if (received < std::min(wanted, worthAskingAgain)) return;
    const uint64_t now = Clock();
    if (start == 0) start = now;
    if (now - start >= static_cast<uint64_t>(nanoseconds_)) return;
  }
}

int Socket::ReadBurst() {
  // Asked each time: a buffer may have been detached since.
  const Memory<uint8_t> slab(Env(), slab_.Value());
  const Memory<uint8_t> heads(Env(), heads_.Value());
  const Memory<int32_t> spans(Env(), spans_.Value());
  const size_t slots = burst_->slots();
  if (slab.length < slots * burst_->stride() || heads.length < slots * burst_->head()) return -EFAULT;
  if (spans.length < 2 * slots + 2) return -EFAULT;
  const Slots large{slab.data, static_cast<uint32_t>(spans.data[2 * slots])};
  const Slots small{heads.data, static_cast<uint32_t>(spans.data[2 * slots + 1])};
  const uint32_t first = std::max(large.first, small.first);
  if (first >= slots) return -EFAULT;
  wanted_ = static_cast<int>(slots - first);
  return burst_->Receive(netlink_.fd(), large, small, spans.data, nanoseconds_, !netlink_.grouped());
}

/** Call into JavaScript as an event: microtasks and `process.nextTick` run before this returns. */
void Socket::Call(const Napi::FunctionReference& callback, uint32_t argument, bool isShort) {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  const napi_value arguments[] = {Napi::Number::New(env, argument), Napi::Boolean::New(env, isShort)};
  napi_value result;
  const napi_async_context context = context_ ? static_cast<napi_async_context>(*context_) : nullptr;
  const napi_status status = napi_make_callback(env, context, Value(), callback.Value(), 2, arguments, &result);
  if (status != napi_pending_exception) return;
  napi_value exception;
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
}
