#include <errno.h>
#include <uv.h>

#include <new>

#include "watch.h"

// Not every runtime has these.
#pragma weak uv_poll_init
#pragma weak uv_poll_start
#pragma weak uv_poll_stop
#pragma weak uv_close

namespace {

class LibuvWatch final : public Watch {
 public:
  int Open(napi_env env, int fd, Owner* owner) {
    uv_loop_t* loop = nullptr;
    if (!uv_poll_init || napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOSYS;
    if (const int error = uv_poll_init(loop, &handle_, fd)) return error;
    handle_.data = this;
    owner_ = owner;
    napi_add_async_cleanup_hook(env, OnTeardown, this, &hook_);
    return 0;
  }

  int Start() override { return uv_poll_start(&handle_, UV_READABLE, OnPoll); }
  void Stop() override { uv_poll_stop(&handle_); }
  void Close() override {
    owner_ = nullptr;
    // libuv has taken the descriptor out of epoll when this returns.
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_), OnClosed);
  }
  bool settles() const override { return true; }

 private:
  static void OnPoll(uv_poll_t* handle, int status, int) {
    auto* watch = static_cast<LibuvWatch*>(handle->data);
    // An overrun raises EPOLLERR, upon which libuv stops the handle with UV_EBADF. Reading says what it was.
    watch->owner_->Readable(status < 0 ? watch->Start() : 0);
  }
  static void OnClosed(uv_handle_t* handle) {
    auto* watch = static_cast<LibuvWatch*>(handle->data);
    if (watch->hook_) napi_remove_async_cleanup_hook(watch->hook_);
    delete watch;
  }
  /** `OnClosed` tells the environment when it may go on. */
  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) {
    if (Owner* owner = static_cast<LibuvWatch*>(data)->owner_) owner->Teardown();
  }

  uv_poll_t handle_{};
  Owner* owner_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

}  // namespace

Watch* Watch::ByLibuv(napi_env env, int fd, Owner* owner, int* error) {
  auto* watch = new (std::nothrow) LibuvWatch();
  *error = watch ? watch->Open(env, fd, owner) : -ENOMEM;
  if (*error == 0) return watch;
  delete watch;
  return nullptr;
}
