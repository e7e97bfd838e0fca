#pragma once

#include <node_api.h>

/**
 * Tells in the event loop that a descriptor can be read, again and again while it can. `Start`, `Stop` and `Close` are called in the event loop;
 * those that return int return -errno on failure.
 */
class Watch {
 public:
  /** `Readable` has the event loop to itself: what it calls may `Stop`, `Start` or `Close`. `Teardown` comes when the environment ends first, and closes. */
  class Owner {
   public:
    virtual void Readable(int error) = 0;
    virtual void Teardown() = 0;

   protected:
    ~Owner() = default;
  };

  /** Through libuv; null where the runtime has none, or no memory. */
  static Watch* ByLibuv(napi_env env, int fd, Owner* owner, int* error);
  /** By a thread that waits for the descriptor; for runtimes with another event loop. */
  static Watch* ByThread(napi_env env, int fd, Owner* owner, int* error);

  virtual int Start() = 0;
  virtual void Stop() = 0;
  /** The owner hears nothing more, and nobody waits for the descriptor. This is gone as soon as the event loop lets go of it. */
  virtual void Close() = 0;
  /** Whether what an event makes due (microtasks, `process.nextTick`) is done after each call of `napi_make_callback`. */
  virtual bool settles() const = 0;

 protected:
  virtual ~Watch() = default;
};
