#pragma once

#include <napi.h>

#include <memory>

#include "arguments.h"
#include "burst.h"
#include "netlink.h"
#include "sockets.h"
#include "watch.h"

/**
 * The JavaScript face of a `Netlink`, and its place in the event loop. src/binding.ts describes the methods; those that return
 * a number return -errno on failure.
 *
 * While it receives, the object is held by the event loop and not collected; otherwise collecting it closes the socket.
 */
class Socket : public Napi::ObjectWrap<Socket>, private Watch::Owner {
 public:
  /** Whose instances are among `sockets`. */
  static Napi::Function Class(Napi::Env env, Sockets* sockets);

  explicit Socket(const Napi::CallbackInfo& info);
  ~Socket() override;

  /** To the kernel. Returns 0 or -errno: -EFAULT of what is no datagram. */
  int Send(const Napi::Value& datagram);

 private:
  Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Adopt(const Napi::CallbackInfo& info);
  Napi::Value Descriptor(const Napi::CallbackInfo& info);
  Napi::Value PortId(const Napi::CallbackInfo& info);
  Napi::Value Netns(const Napi::CallbackInfo& info);
  Napi::Value ReadThere(const Napi::CallbackInfo& info);
  Napi::Value Number(const Napi::CallbackInfo& info);
  Napi::Value Option(const Napi::CallbackInfo& info);
  Napi::Value Resize(const Napi::CallbackInfo& info);
  Napi::Value Filter(const Napi::CallbackInfo& info);
  Napi::Value Counters(const Napi::CallbackInfo& info);
  Napi::Value InterfaceName(const Napi::CallbackInfo& info);
  Napi::Value Receive(const Napi::CallbackInfo& info);
  int Prepare(const Napi::CallbackInfo& info);
  void Slab(const Napi::CallbackInfo& info);
  Napi::Value Resume(const Napi::CallbackInfo& info);
  void Pause(const Napi::CallbackInfo& info);
  void ReadNow(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Readable(int error) override;
  void Teardown() override;
  void Turn();
  int ReadBurst();
  void Deliver();
  void Answer(const Napi::Value& datagram);
  napi_value Call(const Napi::FunctionReference& callback, uint32_t argument, bool flag = false, bool scoped = false);
  void Stop();
  void Shut();
  void LetGo();

  Sockets* const sockets_;
  const uint32_t number_;
  Netlink netlink_;
  std::unique_ptr<Burst> burst_;
  uint32_t bursts_ = 0;
  int64_t nanoseconds_ = 0;
  /** Added to the milliseconds of our clock. */
  double origin_ = 0;
  /** The runtime keeps what is stored for a context in a frame, which only `napi_make_callback` brings back: a callback scope does not. */
  bool framed_ = false;
  /** Null until `receive`, and again after `close`. Outlives this object until the event loop has let go of it. */
  Watch* watch_ = nullptr;
  /** Datagrams the last burst had room for. */
  int wanted_ = 0;
  bool reading_ = false;
  /** A failure is to be told yet of what was read. */
  bool failing_ = false;
  /** A callback is, or may be, under way: what it needs of this object stays. */
  bool turning_ = false;
  /** The event loop holds this object. */
  bool held_ = false;
  /** Of `receive`, where the runtime keeps one for us: elsewhere callbacks have it already, and Deno cannot let go of it in a teardown. */
  std::unique_ptr<Napi::AsyncContext> context_;
  Napi::FunctionReference deliver_;
  Napi::FunctionReference fail_;
  KeptArray slab_;
  KeptArray heads_;
  KeptArray spans_;
};
