// Korean for what strerror says of the failures that users meet.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"No such file or directory", "그런 파일이나 폴더가 없습니다"},
    {"Permission denied", "권한이 없습니다"},
    {"Operation not permitted", "허용되지 않은 작업입니다"},
    {"File exists", "파일이 이미 있습니다"},
    {"Not a directory", "폴더가 아닙니다"},
    {"Is a directory", "파일이 아니라 폴더입니다"},
    {"No space left on device", "디스크에 남은 공간이 없습니다"},
    {"Disk quota exceeded", "디스크 할당량을 넘었습니다"},
    {"Read-only file system", "읽기 전용 파일 시스템입니다"},
    {"Too many open files", "열린 파일이 너무 많습니다"},
    {"Cannot allocate memory", "메모리가 부족합니다"},
    {"Input/output error", "입출력 오류입니다"},
    {"Bad file descriptor", "파일 디스크립터가 열려 있지 않습니다"},
    {"Broken pipe", "출력을 읽는 쪽이 닫혔습니다"},
    {"File too large", "파일이 너무 큽니다"},
    {"Resource temporarily unavailable", "자원을 지금은 쓸 수 없습니다"},
    {"Too many levels of symbolic links", "심볼릭 링크가 너무 여러 단계로 이어집니다"},
    {"Stale file handle", "파일 핸들이 더는 유효하지 않습니다"},
    {"No such device or address", "그런 장치나 주소가 없습니다"},
    {"File name too long", "파일 이름이 너무 깁니다"},
    {"Connection refused", "연결이 거부되었습니다"},
    {"Connection timed out", "연결 시간이 초과되었습니다"},
};

}  // namespace

std::span<const MessageEntry> korean_of_system() {
  return kEntries;
}

}  // namespace jangwon::harness
