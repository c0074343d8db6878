#!/bin/sh
# Makes this folder ready for `npm test`, `npm run demo`, `bench`, `check` or `build`: the packages of the lock file, the
# Debian packages that the verb needs, and dist/ where the verb runs it. Called by npm with the verb as $1. It runs before
# node_modules exists, under whatever Node the host has, so it uses none. When nothing is missing it only looks.
set -eu

verb=${1:-}
cd "$(dirname "$0")/../.."
# The programs of administrators are not on everybody's path.
PATH="$PATH:/usr/sbin:/sbin"

say() { echo "bootstrap: $*"; }

case $verb in
  test) debian='bird2 iproute2 gcc libc6-dev iputils-ping debootstrap systemd-container' ;;
  bench) debian='bird2 iproute2 gcc libc6-dev iputils-ping containernetworking-plugins' ;;
  demo) debian='bird2 iproute2 gcc libc6-dev iputils-ping' ;;
  build) debian='gcc libc6-dev' ;;
  check) debian='' ;;
  *)
    echo "usage: $0 test|demo|bench|check|build" >&2
    exit 2
    ;;
esac

# --- The packages of the lock file -----------------------------------------------------------------------------------

# npm writes node_modules/.package-lock.json last, so an interrupted installation lacks it.
if [ ! -f node_modules/.package-lock.json ] ||
  [ -n "$(find package-lock.json -newer node_modules/.package-lock.json)" ]; then
  say 'installing the packages of package-lock.json (npm ci)'
  # No package needs its install script (package.json, allowScripts); an npm before 11 would run them all the same.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
fi
if [ ! -x node_modules/.bin/node ]; then
  say "the lock file has no Node for this machine ($(uname -s) $(uname -m)); Linux on x86_64 or aarch64 is needed" >&2
  exit 1
fi

# --- The Debian packages ---------------------------------------------------------------------------------------------

# Whether the part of a Debian package that is used here is in place, from wherever it came.
present() {
  case $1 in
    bird2) command -v bird && command -v birdc ;;
    iproute2) command -v ip ;;
    gcc) command -v gcc ;;
    libc6-dev) [ -e /usr/include/stdio.h ] ;;
    iputils-ping) command -v ping ;;
    debootstrap) command -v debootstrap ;;
    systemd-container) command -v systemd-nspawn ;;
    containernetworking-plugins) [ -x /usr/lib/cni/ptp ] && [ -x /usr/lib/cni/host-local ] ;;
  esac >/dev/null
}

missing=
for package in $debian; do
  present "$package" || missing="$missing $package"
done
missing=${missing# }

# Installs $missing without starting what comes as a service: a BIRD with the packaged configuration writes routes into
# the host's kernel. /usr/sbin/policy-rc.d is how Debian is told not to (invoke-rc.d(8)); an operator's own is kept.
install_missing() {
  log=$(mktemp)
  policy=
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  trap 'rm -f "$log" $policy' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  export DEBIAN_FRONTEND=noninteractive
  # Package lists that are missing or stale show as a failure; only then they are fetched.
  # shellcheck disable=SC2086 # a list of words
  if ! apt-get install -y --no-install-recommends $missing >"$log" 2>&1 </dev/null &&
    ! { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    say "apt-get could not install: $missing" >&2
    exit 1
  fi
  case " $missing " in
    *' bird2 '*)
      # Nor at the next boot, unless the operator wants it.
      if [ -d /run/systemd/system ]; then
        systemctl disable --now --quiet bird.service || say 'could not disable bird.service; please do' >&2
      fi
      ;;
  esac
  rm -f "$log" $policy
  trap - EXIT HUP INT TERM
}

if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing Debian packages: $missing"
    install_missing
  else
    say "missing, and only root with apt-get can install them here: $missing"
  fi
fi

case $verb in
  test | demo | bench)
    if [ "$(id -u)" != 0 ]; then
      say "not root: what needs network namespaces is skipped or refused"
    fi
    ;;
esac

# --- dist/ -----------------------------------------------------------------------------------------------------------

# Whether a program of dist/ is missing or older than anything that it is made of.
stale() {
  for program in dist/flockd.js dist/flockctl.js dist/flock; do
    [ -x "$program" ] || return 0
    [ -z "$(find src test/setup/build.ts package.json package-lock.json -newer "$program" -print | head -n 1)" ] || return 0
  done
  return 1
}

case $verb in
  test | demo | bench)
    if stale; then
      if present gcc && present libc6-dev; then
        say 'building dist/'
        node_modules/.bin/node test/setup/build.ts
      else
        say 'dist/ is not built, for want of gcc: what runs it is skipped or refused'
      fi
    fi
    ;;
esac
