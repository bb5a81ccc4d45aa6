# shellcheck shell=bash
# For the scripts that people run first (samples/run, tests/run): packages and build. Sourced by bash.
#
#   $root   the checkout
#   $self   what the script calls itself in messages
: "${root:?}" "${self:?}"

# fail TEXT: one line on standard error, and the end.
fail() {
  echo "$self: $1" >&2
  exit 1
}

# say TEXT: progress, on standard error so that results can be piped.
say() {
  echo "$1" >&2
}

# quietly WHAT COMMAND...: shows nothing of the command unless it fails, then all of it.
quietly() {
  local what=$1 log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return
  fi
  cat "$log" >&2
  rm -f "$log"
  fail "$what failed; the reason stands above"
}

# Runs a command as root, if need be by way of sudo. sudo asks for the password on the terminal itself.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -- "$@"
  fi
}

# Those of the given packages that are not installed.
missing_of() {
  local package
  for package in "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      echo "$package"
  done
}

# need_packages PACKAGE...: installs those that are missing. Does not touch the system if none is.
need_packages() {
  local missing leaving
  command -v dpkg-query >/dev/null ||
    fail "this is no Debian system; install what cmake/packages.txt lists, then: cmake --preset release && ninja -C build"
  mapfile -t missing < <(missing_of "$@")
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "packages are missing and you are neither root nor is sudo there; as root run: apt-get install ${missing[*]}"
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  [ "$(id -u)" -eq 0 ] || sudo true || fail "packages are missing and sudo was refused; as root run: apt-get install ${missing[*]}"
  quietly "apt-get update" as_root apt-get --quiet update
  # Only one version of Boost's headers can be installed; another one has to give way.
  leaving=$(apt-get --simulate install --no-install-recommends "${missing[@]}" 2>/dev/null |
    awk '$1 == "Remv" { printf " %s", $2 }' || true)
  [ -z "$leaving" ] || say "These give way to them:$leaving"
  quietly "apt-get install" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --yes --no-install-recommends install "${missing[@]}"
}

# Runs a command as root that installs packages, whose services are not started.
without_services() {
  # shellcheck disable=SC2016
  as_root sh -c '
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
      trap "rm -f $policy" EXIT
      printf "#!/bin/sh\nexit 101\n" >$policy
      chmod 755 $policy
    fi
    "$@"' sh "$@"
}

# The packages of cmake/peers.txt, with which tests start mail systems of their own. Who may not install goes without:
# those tests are skipped. A mail system that serves this computer stays what it is.
need_peer_packages() {
  local packages missing other
  mapfile -t packages < <(grep -v -e '^#' -e '^$' "$root/cmake/peers.txt")
  other=$(dpkg-query --show --showformat='${db:Status-Status} ${Package} ${Provides}\n' |
    awk '$1 == "installed" && / mail-transport-agent/ && $2 != "postfix" { print $2; exit }')
  if [ -n "$other" ]; then
    say "Tests with Postfix are skipped: the mail system of this computer is $other"
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep -vx postfix)
  fi
  mapfile -t missing < <(missing_of "${packages[@]}")
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
    say "Tests with other mail programs are skipped; they need: ${missing[*]}"
    return
  fi
  say "Installing for tests with other mail programs: ${missing[*]}"
  # Postfix only as files: what it would be asked decides whether it is set up to serve.
  need_packages debconf
  echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections
  quietly "apt-get update" as_root apt-get --quiet update
  quietly "apt-get install" without_services env DEBIAN_FRONTEND=noninteractive \
    apt-get --quiet --yes --no-install-recommends install "${missing[@]}"
}

# need_unpacked_exim FOLDER: Exim's package there, as files. It cannot be installed beside another mail system.
need_unpacked_exim() {
  local folder=$1
  [ -x /usr/sbin/exim4 ] || [ -x "$folder/usr/sbin/exim4" ] && return
  mkdir -p "$folder"
  (cd "$folder" && apt-get --quiet download exim4-daemon-light && dpkg --extract exim4-daemon-light_*.deb .) \
    >/dev/null 2>&1 || say "Tests with Exim are skipped: apt-get download exim4-daemon-light failed"
}

# The packages of cmake/packages.txt.
need_build_packages() {
  local packages
  mapfile -t packages < <(grep -v -e '^#' -e '^$' "$root/cmake/packages.txt")
  need_packages "${packages[@]}"
}

# How many compilers at once: one a core, but each wants 1.5 GB of memory.
build_jobs() {
  local cores by_memory
  cores=$(nproc)
  by_memory=$(awk '$1 == "MemAvailable:" { print int($2 / 1500000) }' /proc/meminfo)
  [ "${by_memory:-0}" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# build PRESET FOLDER TARGET...: configures if that was not done yet and builds. Shows one line of progress, and
# more only about what fails.
build() {
  local preset=$1 folder=$2
  shift 2
  cd "$root" || exit
  if [ ! -e "$folder/build.ninja" ]; then
    quietly "cmake --preset $preset" cmake --preset "$preset"
  fi
  cd "$folder" || exit
  if [ -t 2 ]; then
    # On a terminal ninja redraws one line by itself.
    NINJA_STATUS="Building in $folder: %f of %t " ninja -j "$(build_jobs)" "$@" >&2 ||
      fail "the build failed; the reason stands above"
  else
    say "Building in $folder, $(build_jobs) at once; the first time takes some minutes"
    quietly "the build" ninja --quiet -j "$(build_jobs)" "$@"
  fi
}
