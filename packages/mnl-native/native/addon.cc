#include <napi.h>

#include <errno.h>

#include "arguments.h"
#include "clock.h"
#include "descriptors.h"
#include "socket.h"
#include "sockets.h"

/** (fd) → another descriptor, or -errno */
static Napi::Value DuplicateDescriptor(const Napi::CallbackInfo& info) {
  int fd = 0;
  return Napi::Number::New(info.Env(), Whole(info[0], 0, INT32_MAX, &fd) ? Duplicate(fd) : -EINVAL);
}

/** (path of a Unix socket, text, descriptors as Int32Array) → 0 or -errno */
static Napi::Value Notify(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsString() || !info[1].IsString() || !IsArray(info[2], napi_int32_array))
    return Napi::Number::New(env, -EINVAL);
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  const std::string text = info[1].As<Napi::String>().Utf8Value();
  const Memory<int32_t> fds(env, info[2]);
  return Napi::Number::New(env, SendDescriptors(path.data(), path.size(), text.data(), text.size(), fds.data, fds.length));
}

/** (number of a socket, datagram) → 0 or -errno */
static Napi::Value Send(const Napi::CallbackInfo& info) {
  uint32_t number = 0;
  int result = -EFAULT;
  if (Whole(info[0], 0, UINT32_MAX, &number)) {
    Socket* socket = static_cast<Sockets*>(info.Data())->At(number);
    result = socket ? socket->Send(info[1]) : -EBADF;
  }
  // A double, as which `Number::New` has it, costs more.
  napi_value told;
  napi_create_int32(info.Env(), result, &told);
  return Napi::Value(info.Env(), told);
}

/** → milliseconds of the clock that says when a burst was read */
static Napi::Value Now(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), Clock() * 1e-6); }

/** Nothing here is shared between environments: each worker thread has its own class. */
static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  auto* sockets = new Sockets();
  env.AddCleanupHook([](Sockets* ours) { ours->LetGo(); }, sockets);
  exports.Set("Socket", Socket::Class(env, sockets));
  exports.Set("send", Napi::Function::New<Send>(env, "send", sockets));
  exports.Set("duplicate", Napi::Function::New<DuplicateDescriptor>(env, "duplicate"));
  exports.Set("now", Napi::Function::New<Now>(env, "now"));
  exports.Set("notify", Napi::Function::New<Notify>(env, "notify"));
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Initialize)
