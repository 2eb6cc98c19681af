// JANGWON_SANITIZED where this build has the address or the thread sanitizer, by either compiler.

#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JANGWON_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define JANGWON_SANITIZED 1
#endif
#endif
