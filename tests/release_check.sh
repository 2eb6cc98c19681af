#!/usr/bin/env bash
# The checklist before a release. Builds, then looks at everything that a user gets; what this machine cannot look at is told with a
# line and counts as not done, and a release needs all of it done somewhere.
#   tests/release_check.sh                everything but the test suite
#   tests/release_check.sh --with-tests   and ./test.sh
#   tests/release_check.sh --list         the steps alone
# Fresh roots are made where debootstrap and a mirror are: JANGWON_DEBIAN_MIRROR, JANGWON_UBUNTU_MIRROR.
# Exit code: 0 all done, 1 something failed, 3 something was not done.
set -uo pipefail
cd "$(dirname "$0")/.."

done_=0 failed=0 not_done=0
report() {
  case $1 in
    ok) done_=$((done_ + 1)) ;;
    FAILED) failed=$((failed + 1)) ;;
    "not done") not_done=$((not_done + 1)) ;;
  esac
  printf '%-9s %-16s %s\n' "$1" "$2" "${3:-}"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^project(jangwon VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)

has() { command -v "$1" >/dev/null 2>&1; }

check_tree() {
  [ -z "$(git status --porcelain 2>/dev/null)" ] && report ok tree "as committed" || report FAILED tree "not as committed, or no repository"
}

check_build() {
  ./build.sh jangwon >"$work/build.log" 2>&1 && report ok build || { tail -n 20 "$work/build.log"; report FAILED build; }
}

check_version() {
  local wrong=""
  [[ "$(build/jangwon --version)" == "jangwon $version ("* ]] || wrong+=" program"
  grep -q "\"jangwon $version\"" build/man/jangwon.1 || wrong+=" manual"
  [ "$(grep -m 1 '^## ' CHANGELOG.md | cut -d' ' -f2)" = "$version" ] || wrong+=" CHANGELOG.md"
  [ -z "$wrong" ] && report ok version "$version" || report FAILED version "$version is not what these say:$wrong"
}

check_package() {
  if ! has dpkg-shlibdeps; then report "not done" package "dpkg-dev is not installed"; return; fi
  (cd build && cpack -G DEB -B "$work/deb") >"$work/cpack.log" 2>&1 || { tail -n 5 "$work/cpack.log"; report FAILED package; return; }
  package=$(ls "$work"/deb/*.deb)
  [ "$(dpkg-deb -f "$package" Version)" = "$version" ] || { report FAILED package "its version is $(dpkg-deb -f "$package" Version)"; return; }
  dpkg-deb -x "$package" "$work/root"
  (cd / && env -u JANGWON_HOME "$work/root/usr/bin/jangwon" run --model standin-axk1 --tasks aime25 --limit 1 --repeats 1 \
    --max-tokens 8 -o "$work/run") >"$work/run.log" 2>&1 || { tail -n 3 "$work/run.log"; report FAILED package "does not run"; return; }
  report ok package "$(basename "$package")"
}

check_manual() {
  if ! has mandoc; then report "not done" manual "mandoc is not installed"; return; fi
  mandoc -T lint -W warning build/man/jangwon.1 >"$work/man.log" 2>&1 && report ok manual || { cat "$work/man.log"; report FAILED manual; }
}

check_completions() {
  local shell
  for shell in bash zsh fish; do
    build/jangwon --lang en completion "$shell" >"$work/completion.$shell" || { report FAILED "completion $shell"; continue; }
    if ! has "$shell"; then report "not done" "completion $shell" "$shell is not installed"; continue; fi
    "$shell" -n "$work/completion.$shell" 2>"$work/completion.log" && report ok "completion $shell" || report FAILED "completion $shell" "$(head -n 1 "$work/completion.log")"
  done
}

# Every library that the program is linked to stands in docs/dependencies.md with its licence.
check_licences() {
  if ! has readelf; then report "not done" licences "binutils is not installed"; return; fi
  local library unknown=""
  for library in $(readelf -d build/jangwon | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p'); do
    grep -q "\`$library\`" docs/dependencies.md || unknown+=" $library"
  done
  [ -z "$unknown" ] && report ok licences "docs/dependencies.md names every library" || report FAILED licences "docs/dependencies.md lacks:$unknown"
}

# The two commands of the README, from a clone, where nothing is installed.
check_fresh_root() {
  local name=$1 suite=$2 mirror=$3 components=$4
  if [ -z "$mirror" ]; then report "not done" "$name" "no mirror is named"; return; fi
  if ! has debootstrap; then report "not done" "$name" "debootstrap is not installed"; return; fi
  if [ "$(id -u)" != 0 ]; then report "not done" "$name" "debootstrap needs root"; return; fi
  local root="$work/$suite"
  # A debootstrap older than a release of Ubuntu lacks its name, but all of them are made alike, by the script of this one.
  local script=/usr/share/debootstrap/scripts/$suite
  [ -e "$script" ] || [ "$name" != ubuntu ] || script=/usr/share/debootstrap/scripts/gutsy
  debootstrap --variant=minbase --components="$components" "$suite" "$root" "$mirror" "$script" >"$work/$suite.log" 2>&1 || {
    tail -n 3 "$work/$suite.log"
    report FAILED "$name" "debootstrap"
    return
  }
  mkdir "$root/jangwon" && git archive HEAD | tar -x -C "$root/jangwon"
  mount -t proc proc "$root/proc"
  chroot "$root" sh -c 'apt-get update && cd /jangwon && ./demo.sh' >"$work/$suite.log" 2>&1
  local code=$?
  umount "$root/proc"
  [ $code -eq 0 ] && report ok "$name" "./demo.sh" || { tail -n 5 "$work/$suite.log"; report FAILED "$name" "./demo.sh"; }
}

check_tests() {
  ./test.sh >"$work/test.log" 2>&1
  local last
  last=$(tail -n 1 "$work/test.log")
  [[ "$last" == *", 0 failed"* ]] && report ok tests "$last" || report FAILED tests "$last"
}

with_tests="" list=""
case "${1:-}" in
  "") ;;
  --with-tests) with_tests=1 ;;
  --list) list=1 ;;
  *) echo "release_check.sh: unknown argument \"$1\"; known are --with-tests and --list" >&2; exit 2 ;;
esac

steps=(check_tree check_build check_version check_package check_manual check_completions check_licences
  "check_fresh_root debian bookworm ${JANGWON_DEBIAN_MIRROR:-''} main"
  "check_fresh_root ubuntu noble ${JANGWON_UBUNTU_MIRROR:-''} main,universe")
[ -n "$with_tests" ] && steps+=(check_tests)
for step in "${steps[@]}"; do
  if [ -n "$list" ]; then echo "$step"; else eval "$step"; fi
done
[ -n "$list" ] && exit 0
[ -z "$with_tests" ] && report "not done" tests "ask with --with-tests"
echo "$version: $done_ done, $failed failed, $not_done not done"
[ $failed -gt 0 ] && exit 1
[ $not_done -gt 0 ] && exit 3
exit 0
