#include "socket.h"

#include <errno.h>
#include <net/if.h>

#include <string>

#include "arguments.h"

Napi::Function Socket::Class(Napi::Env env, Sockets* sockets) {
  return DefineClass(env, "Socket",
                     {
                         InstanceMethod("open", &Socket::Open),
                         InstanceMethod("adopt", &Socket::Adopt),
                         InstanceMethod("number", &Socket::Number),
                         InstanceMethod("descriptor", &Socket::Descriptor),
                         InstanceMethod("portId", &Socket::PortId),
                         InstanceMethod("netns", &Socket::Netns),
                         InstanceMethod("readThere", &Socket::ReadThere),
                         InstanceMethod("option", &Socket::Option),
                         InstanceMethod("resize", &Socket::Resize),
                         InstanceMethod("filter", &Socket::Filter),
                         InstanceMethod("counters", &Socket::Counters),
                         InstanceMethod("interfaceName", &Socket::InterfaceName),
                         InstanceMethod("receive", &Socket::Receive),
                         InstanceMethod("slab", &Socket::Slab),
                         InstanceMethod("resume", &Socket::Resume),
                         InstanceMethod("pause", &Socket::Pause),
                         InstanceMethod("readNow", &Socket::ReadNow),
                         InstanceMethod("close", &Socket::Close),
                     },
                     sockets);
}

Socket::Socket(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Socket>(info), sockets_(static_cast<Sockets*>(info.Data())), number_(sockets_->Add(this)) {}

Socket::~Socket() {
  Shut();
  sockets_->Remove(number_);
}

/** undefined, or the system call that failed and its errno. */
static Napi::Value Outcome(Napi::Env env, const Failure& failure) {
  if (!failure.syscall) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  result.Set("syscall", failure.syscall);
  result.Set("errno", failure.error);
  return result;
}

/** (protocol, portId, netns path or undefined) → outcome */
Napi::Value Socket::Open(const Napi::CallbackInfo& info) {
  int protocol = 0;
  uint32_t portId = 0;
  std::string netns;
  Failure failure{"open", EINVAL};
  const bool whole = Whole(info[0], 0, INT32_MAX, &protocol) && Whole(info[1], 0, UINT32_MAX, &portId);
  if (whole && IsNamespace(info[2], &netns)) {
    failure = netlink_.Open(protocol, portId, netns.empty() ? nullptr : netns.c_str());
  }
  return Outcome(info.Env(), failure);
}

/** (fd, protocol, netns path or undefined) → outcome */
Napi::Value Socket::Adopt(const Napi::CallbackInfo& info) {
  int fd = 0;
  int protocol = 0;
  std::string netns;
  Failure failure{"adopt", EINVAL};
  if (Whole(info[0], 0, INT32_MAX, &fd) && Whole(info[1], 0, INT32_MAX, &protocol) && IsNamespace(info[2], &netns)) {
    failure = netlink_.Adopt(fd, protocol, netns.empty() ? nullptr : netns.c_str());
  }
  return Outcome(info.Env(), failure);
}

int Socket::Send(const Napi::Value& datagram) {
  if (!datagram.IsTypedArray()) return -EFAULT;
  const Memory<uint8_t> bytes(datagram.Env(), datagram);
  return netlink_.Send(bytes.data, bytes.length);
}

/** → by which `send` knows it */
Napi::Value Socket::Number(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), number_); }

/** → the descriptor, or -1 */
Napi::Value Socket::Descriptor(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), netlink_.fd()); }

Napi::Value Socket::PortId(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), netlink_.portId()); }

Napi::Value Socket::Netns(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), netlink_.netns()); }

/** (path) → text or -errno */
Napi::Value Socket::ReadThere(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) return Napi::Number::New(info.Env(), -EINVAL);
  std::string text;
  const int result = netlink_.ReadThere(info[0].As<Napi::String>().Utf8Value().c_str(), &text);
  if (result < 0) return Napi::Number::New(info.Env(), result);
  return Napi::String::New(info.Env(), text);
}

/** (NETLINK_* option, value) */
Napi::Value Socket::Option(const Napi::CallbackInfo& info) {
  int option = 0;
  int value = 0;
  const bool whole = Whole(info[0], 0, INT32_MAX, &option) && Whole(info[1], INT32_MIN, INT32_MAX, &value);
  return Napi::Number::New(info.Env(), whole ? netlink_.Option(option, value) : -EINVAL);
}

/** ('receive' as true or 'send' as false, bytes or undefined to ask) → bytes */
Napi::Value Socket::Resize(const Napi::CallbackInfo& info) {
  const bool receive = info[0].ToBoolean();
  int granted = -EINVAL;
  int bytes = 0;
  if (info[1].IsUndefined()) {
    granted = receive ? netlink_.receiveBuffer() : netlink_.sendBuffer();
  } else if (Whole(info[1], 0, INT32_MAX, &bytes)) {
    granted = receive ? netlink_.ReceiveBuffer(bytes) : netlink_.SendBuffer(bytes);
  }
  return Napi::Number::New(info.Env(), granted);
}

/** (bytes of `struct sock_filter[]`) */
Napi::Value Socket::Filter(const Napi::CallbackInfo& info) {
  if (!IsArray(info[0], napi_uint8_array)) return Napi::Number::New(info.Env(), -EFAULT);
  const auto program = info[0].As<Napi::Uint8Array>();
  return Napi::Number::New(info.Env(), netlink_.Filter(program.Data(), program.ByteLength() / 8));
}

/** → [rmem_alloc, rcvbuf, drops, foreign] or -errno */
Napi::Value Socket::Counters(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  uint32_t memory[9] = {};
  const int result = netlink_.MemoryInfo(memory);
  if (result < 0) return Napi::Number::New(env, result);
  Napi::Array counters = Napi::Array::New(env, 4);
  counters.Set(0u, Napi::Number::New(env, memory[0]));
  counters.Set(1u, Napi::Number::New(env, memory[1]));
  counters.Set(2u, Napi::Number::New(env, memory[8]));
  counters.Set(3u, Napi::Number::New(env, burst_ ? static_cast<double>(burst_->foreign()) : 0));
  return counters;
}

/** (index) → name or -errno */
Napi::Value Socket::InterfaceName(const Napi::CallbackInfo& info) {
  char name[IFNAMSIZ];
  int index = 0;
  const int result = Whole(info[0], 0, INT32_MAX, &index) ? netlink_.InterfaceName(index, name) : -EINVAL;
  if (result < 0) return Napi::Number::New(info.Env(), result);
  return Napi::String::New(info.Env(), name);
}
