#pragma once

#include <pthread.h>

/** A thread that is joined before this ends. Errors are -errno. */
class Thread {
 public:
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { Join(); }

  int Start(void (*run)(void* argument), void* argument);
  void Join();

 private:
  static void* Run(void* thread);

  pthread_t thread_{};
  bool running_ = false;
  void (*run_)(void*) = nullptr;
  void* argument_ = nullptr;
};
