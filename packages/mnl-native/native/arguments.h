#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

/** The memory of an array of bytes or words: asked for in the way that costs least, for verdicts are sent from one. */
template <typename T>
struct Memory {
  T* data = nullptr;
  size_t length = 0;

  Memory(napi_env env, napi_value value) {
    void* bytes = nullptr;
    size_t size = 0;
    napi_get_buffer_info(env, value, &bytes, &size);
    data = static_cast<T*>(bytes);
    length = size / sizeof(T);
  }
};

/** An array that is kept. Where its memory is has to be asked for in each burst, for its buffer may have been detached; a buffer costs less to ask than a view. */
class KeptArray {
 public:
  void Keep(const Napi::TypedArray& array) {
    buffer_ = Napi::Persistent(array.ArrayBuffer());
    offset_ = array.ByteOffset();
    length_ = array.ByteLength();
  }
  void Reset() { buffer_.Reset(); }

  /** Null where it has not so many bytes, or none any more. */
  uint8_t* At(napi_env env, size_t bytes) const {
    void* data = nullptr;
    size_t size = 0;
    napi_get_arraybuffer_info(env, buffer_.Value(), &data, &size);
    return bytes > length_ || size < offset_ + length_ ? nullptr : static_cast<uint8_t*>(data) + offset_;
  }

 private:
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  size_t offset_ = 0;
  size_t length_ = 0;
};

/** Whether `value` is a whole number in range, which goes to `number`. */
template <typename T>
bool Whole(const Napi::Value& value, int64_t low, int64_t high, T* number) {
  if (!value.IsNumber()) return false;
  const double given = value.As<Napi::Number>().DoubleValue();
  if (!(given >= static_cast<double>(low) && given <= static_cast<double>(high))) return false;
  const auto whole = static_cast<int64_t>(given);
  *number = static_cast<T>(whole);
  return static_cast<double>(whole) == given;
}

inline bool IsArray(const Napi::Value& value, napi_typedarray_type type) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
}

/** Whether `value` names a network namespace, or is undefined and means that of the calling thread. */
inline bool IsNamespace(const Napi::Value& value, std::string* path) {
  if (value.IsUndefined()) return true;
  if (!value.IsString()) return false;
  *path = value.As<Napi::String>().Utf8Value();
  return !path->empty() && path->find('\0') == std::string::npos;
}
