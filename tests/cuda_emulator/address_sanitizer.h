// JANGWON_ADDRESS_SANITIZER where this build has it, by either compiler.

#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define JANGWON_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define JANGWON_ADDRESS_SANITIZER 1
#endif
#endif
