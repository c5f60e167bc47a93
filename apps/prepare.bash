# Prepares a fresh Debian or Ubuntu for this project: packages, configuration, build. Sourced by apps/run and tests/run.
#
# The one place that lists packages. Everything said here goes to standard error: standard output is the program's.
# Sourced with `root` (the checkout) and `me` (who speaks) set.

program_packages=(
  g++ cmake ninja-build pkg-config
  libfftw3-dev libhwy-dev libtbb-dev libboost-dev   # arithmetic, threads, lock-free queues
  libsndfile1-dev libsamplerate0-dev portaudio19-dev  # sound
  libpng-dev libjpeg-dev libtiff-dev libopenexr-dev  # images
  zlib1g-dev libzstd-dev libblosc-dev nlohmann-json3-dev  # volumes
  libhdf5-dev                                       # HDF5
  libyaml-cpp-dev libcli11-dev nettle-dev           # pipelines, arguments, checksums
  liblilv-dev lv2-dev                               # plugins, hosted and our own
)
python_packages=(
  python3-dev pybind11-dev python3-pybind11 python3-numpy  # the package faltung for Python
)
test_packages=(
  doctest-dev python3 python3-numpy python3-scipy g++-aarch64-linux-gnu
  python3-nibabel teem-apps mricron-data insighttoolkit5-examples  # volumes, and who reads them too
  python3-zarr python3-h5py python3-tifffile python3-skimage python3-pil  # independent readers and writers
  python3-torch                                     # a peer of faltung.functional; the largest of all
  python3-dask python3-distributed                  # workers for configs/on-dask.py
  slurmctld slurmd slurm-client munge iproute2      # a cluster in network namespaces
  valgrind                                          # counts instructions of a call
  clang libclang-rt-dev                             # libFuzzer: tests/fuzz
  jconvolver jconvolver-config-files brutefir       # what imported configurations sound like there
  libzita-convolver-dev libdnnl-dev                 # peers in `faltung bench live` and `layers`
  jackd2 jack-tools libjack-jackd2-dev              # live sound without a sound card
  lv2-examples x42-plugins lsp-plugins-lv2 lilv-utils  # plugins to host
  jalv sordi                                        # a host and a judge of our plugins
)

say() { printf '%s: %s\n' "$me" "$*" >&2; }
refuse() { say "$*"; exit 1; }

# install_missing PACKAGE...: silent and without network where all are there; else sets `installed`.
install_missing() {
  if ! command -v dpkg-query >/dev/null; then
    command -v cmake >/dev/null || refuse "this is no Debian or Ubuntu: please install what ${BASH_SOURCE[0]} lists"
    return 0
  fi
  local present missing=() as_root=() name log
  present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    grep -qxF "installed $name" <<<"$present" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  if ((EUID)); then
    command -v sudo >/dev/null || refuse "as root, please: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  log=$(mktemp)
  if ! "${as_root[@]}" apt-get update >"$log" 2>&1 </dev/null ||
    ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      -o DPkg::Lock::Timeout=300 "${missing[@]}" >>"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    refuse "could not install ${missing[*]}"
  fi
  rm -f "$log"
  installed=yes
}

# configure [CMAKE OPTION...]: the release preset, in build/, where there is no usable configuration yet.
configure() {
  local cache=$root/build/CMakeCache.txt ninja=$root/build/build.ninja
  if [[ -e $cache ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    say "build/ was configured in another place: beginning anew"
    rm -rf "$cache" "$ninja" "$root/build/CMakeFiles"
  fi
  if [[ -e $cache && -e $ninja && ! $root/CMakePresets.json -nt $ninja && -z ${installed-} && $# -eq 0 ]]; then
    return 0
  fi
  [[ -e $ninja ]] || say "configuring a release build in build/"
  (cd "$root" && cmake --preset release -DPython_EXECUTABLE=/usr/bin/python3 "$@") >"$root/build/configure.log" 2>&1 </dev/null ||
    { tail -n 25 "$root/build/configure.log" >&2; refuse "could not configure (build/configure.log)"; }
}

# Follows Ninja's lines: says that it builds only where something is built, and counts along on a terminal.
follow_build() {
  local line said=
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) && ${BASH_REMATCH[3]} != Re-checking* ]] || continue
    [[ $said ]] || { say "building (build/build.log)"; said=yes; }
    [[ ! -t 2 ]] || printf '\r%s: %s of %s ' "$me" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
  done
  [[ ! $said || ! -t 2 ]] || printf '\r\033[K' >&2
}

# build TARGET: what is out of date, on all cores.
build() {
  local log=$root/build/build.log
  cmake --build "$root/build" --target "$1" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" 2>&1 </dev/null |
    follow_build 3>"$log" || { grep -v '^\[' "$log" | head -n 60 >&2; refuse "could not build (build/build.log)"; }
}

# make_ready TARGET [CMAKE OPTION...]: configuration and build, one caller at a time.
make_ready() {
  local target=$1
  shift
  if ! mkdir -p "$root/build" 2>/dev/null || [[ ! -w $root/build ]]; then
    [[ -x $root/build/apps/faltung/faltung ]] || refuse "cannot write to $root/build"
    say "$root/build is another user's: taking what was built there"
    return 0
  fi
  exec 9>"$root/build/.lock"
  flock 9
  configure "$@"
  build "$target"
  exec 9>&-
}
