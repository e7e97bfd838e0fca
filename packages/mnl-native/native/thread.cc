#include "thread.h"

// Since glibc 2.34 these have a new version and are the same: by the old one they load everywhere.
#ifdef __GLIBC__
#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#endif
#endif
#ifdef OLDEST
__asm__(".symver pthread_create, pthread_create@" OLDEST);
__asm__(".symver pthread_join, pthread_join@" OLDEST);
#endif

int Thread::Start(void (*run)(void*), void* argument) {
  run_ = run;
  argument_ = argument;
  const int error = pthread_create(&thread_, nullptr, Run, this);
  running_ = error == 0;
  return -error;
}

void Thread::Join() {
  if (running_) pthread_join(thread_, nullptr);
  running_ = false;
}

void* Thread::Run(void* thread) {
  auto* self = static_cast<Thread*>(thread);
  self->run_(self->argument_);
  return nullptr;
}
