#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "thread.h"
#include "watch.h"

namespace {

class ThreadWatch final : public Watch {
 public:
  ~ThreadWatch() override { End(); }

  int Open(napi_env env, int fd, Owner* owner) {
    fd_ = fd;
    env_ = env;
    orders_ = eventfd(0, EFD_CLOEXEC);
    if (orders_ < 0) return -errno;
    // It has no orders yet.
    if (const int error = thread_.Start(Wait, this)) return error;
    napi_value name;
    if (napi_create_string_utf8(env, "MnlSocket", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, this, OnGone, this, OnCall, &call_) != napi_ok) {
      Order(Ending);
      return -ENOMEM;
    }
    napi_unref_threadsafe_function(env, call_);
    napi_add_env_cleanup_hook(env, OnTeardown, this);
    owner_ = owner;
    return 0;
  }

  int Start() override {
    napi_ref_threadsafe_function(env_, call_);
    started_ = true;
    Order(Waiting);
    return 0;
  }
  void Stop() override {
    started_ = false;
    Order(Idle);
    napi_unref_threadsafe_function(env_, call_);
  }
  void Close() override {
    started_ = false;
    owner_ = nullptr;
    Order(Ending);
    End();
    napi_remove_env_cleanup_hook(env_, OnTeardown, this);
    napi_release_threadsafe_function(call_, napi_tsfn_abort);
  }
  bool settles() const override { return false; }

 private:
  enum State { Idle, Waiting, Ending };

  void Order(State state) {
    state_ = state;
    const uint64_t one = 1;
    // Its count does not get near 2^64.
    [[maybe_unused]] const ssize_t written = write(orders_, &one, sizeof one);
  }

  void End() {
    thread_.Join();
    if (orders_ >= 0) ::close(orders_);
    orders_ = -1;
  }

  /** The thread: waits for orders, and where it has been told so for the descriptor, once; then the event loop gives the next order. */
  static void Wait(void* data) {
    auto* watch = static_cast<ThreadWatch*>(data);
    bool waiting = false;
    for (;;) {
      pollfd both[] = {{watch->orders_, POLLIN, 0}, {waiting ? watch->fd_ : -1, POLLIN, 0}};
      if (poll(both, 2, -1) < 0) continue;
      if (both[0].revents) {
        uint64_t count;
        [[maybe_unused]] const ssize_t length = read(watch->orders_, &count, sizeof count);
        const State state = watch->state_;
        if (state == Ending) return;
        waiting = state == Waiting;
      } else if (both[1].revents) {
        waiting = false;
        napi_call_threadsafe_function(watch->call_, nullptr, napi_tsfn_nonblocking);
      }
    }
  }

  static void OnCall(napi_env env, napi_value, void* context, void*) {
    auto* watch = static_cast<ThreadWatch*>(context);
    if (!env || !watch->started_) return;
    watch->calling_ = true;
    watch->owner_->Readable(0);
    watch->calling_ = false;
    if (watch->gone_) delete watch;
    else if (watch->started_) watch->Order(Waiting);
  }
  /** Some runtimes let go of it at once, which may be in the midst of a call. */
  static void OnGone(napi_env, void* data, void*) {
    auto* watch = static_cast<ThreadWatch*>(data);
    if (watch->calling_) watch->gone_ = true;
    else delete watch;
  }
  static void OnTeardown(void* data) {
    if (Owner* owner = static_cast<ThreadWatch*>(data)->owner_) owner->Teardown();
  }

  int fd_ = -1;
  int orders_ = -1;
  napi_env env_ = nullptr;
  Owner* owner_ = nullptr;
  napi_threadsafe_function call_ = nullptr;
  bool started_ = false;
  bool calling_ = false;
  bool gone_ = false;
  std::atomic<State> state_{Idle};
  Thread thread_;
};

}  // namespace

Watch* Watch::ByThread(napi_env env, int fd, Owner* owner, int* error) {
  auto* watch = new (std::nothrow) ThreadWatch();
  *error = watch ? watch->Open(env, fd, owner) : -ENOMEM;
  if (*error == 0) return watch;
  delete watch;
  return nullptr;
}
