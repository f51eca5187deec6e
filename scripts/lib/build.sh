# shellcheck shell=bash
# shellcheck disable=SC2034  # step_advice is read by step
# Sourced after common.sh. build PRESET [NINJA TARGETS…]: configures when needed
# and compiles into build/PRESET; quiet when there is nothing to do.

build() {
  local preset=$1 folder=build/$1 cuda=OFF
  shift
  mkdir -p "$folder"
  exec 8>"$folder/.lock"
  flock 8 || true # some network file systems have no locks
  drop_cache_of_another_folder "$folder"
  case $preset in
    release) cuda=$(cuda_choice) ;;
    cuda) cuda=ON ;;
  esac
  if [ CMakePresets.json -nt "$folder/build.ninja" ] ||
    ! grep -q "^CDX_CUDA:BOOL=$cuda$" "$folder/CMakeCache.txt"; then
    step_advice="configuring $folder failed: see the lines above"
    if [ "$preset" = release ]; then cuda_remark "$cuda"; fi
    step "configuring $folder" "$folder/configure.log" \
      cmake --preset "$preset" -DCDX_CUDA="$cuda"
  fi
  compile "$folder" "$@"
  exec 8>&-
}

# A build folder knows its absolute path: after a checkout was moved, start anew.
drop_cache_of_another_folder() {
  local cache=$1/CMakeCache.txt
  if [ -e "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$cache"; then
    rm -rf "$cache" "$1/CMakeFiles" "$1/build.ninja"
  fi
}

cuda_choice() {
  if command -v nvcc >/dev/null && [ -e .deps/libtorch/.cuda ]; then
    echo ON
  else
    echo OFF
  fi
}

cuda_remark() {
  if [ "$1" = ON ]; then
    echo "CUDA: built in"
  elif [ -e .deps/libtorch/.cuda ]; then
    echo "CUDA: left out (nvcc is not on the PATH)"
  else
    echo "CUDA: left out (for GPUs: CUDA 13's nvcc on the PATH, then scripts/setup --cuda)"
  fi
}

compile() {
  local folder=$1 log=$1/compile.log status=0 start=$SECONDS
  shift
  NINJA_STATUS='%f/%t ' ninja -C "$folder" "$@" 2>&1 | tee "$log" |
    compile_progress "compiling $folder" || status=$?
  if [ "$status" != 0 ]; then
    grep -E '^FAILED|error:|undefined (reference|symbol)|^ninja: error' "$log" | head -n 20
    fail "the build failed; the whole log is $log"
  fi
  if grep -q '^[0-9]*/[0-9]* ' "$log"; then
    echo "compiling $folder: done in $((SECONDS - start)) s"
  fi
}

# Ninja's lines as one line rewritten, or as a line every tenth.
compile_progress() {
  local line shown=-1 done_steps all_steps
  while IFS= read -r line; do
    [[ $line =~ ^([0-9]+)/([0-9]+)\  ]] || continue
    done_steps=${BASH_REMATCH[1]} all_steps=${BASH_REMATCH[2]}
    if on_terminal; then
      printf '\r%s … %d/%d ' "$1" "$done_steps" "$all_steps"
    elif [ $((10 * done_steps / all_steps)) -gt $shown ]; then
      shown=$((10 * done_steps / all_steps))
      echo "$1 … $done_steps/$all_steps"
    fi
  done
  if on_terminal && [ -n "${done_steps:-}" ]; then printf '\r'; fi
}
