#include <napi.h>

#include "socket.h"

/** Nothing here is shared between environments: each worker thread has its own class. */
static Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("Socket", Socket::Class(env));
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Initialize)
