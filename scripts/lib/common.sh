# shellcheck shell=bash
# Sourced by the scripts: strict mode, the repository as working folder, Debian's
# own tools before whatever pyenv or conda put first, and progress lines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH=/usr/bin:/bin:$PATH
unset CMAKE_PREFIX_PATH

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

on_terminal() { [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; }

# The comment at the head of the script, from its second line on.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" | grep -v '^shellcheck'; }

tick() { # LABEL: rewrites one line a second until killed or left alone
  while kill -0 $$ 2>/dev/null; do
    printf '\r%s … %d s ' "$1" $SECONDS
    sleep 1
  done
}

# step LABEL LOG COMMAND…: runs COMMAND with its output appended to LOG, showing
# LABEL and the seconds gone by. When it fails, shows the log's end and the
# advice in $step_advice, and exits. Not to be used in conditions: bash would
# then ignore failures inside COMMAND.
step() {
  local label=$1 log=$2 status ticker=
  shift 2
  printf '\n== %s: %s\n' "$(date +%T)" "$label" >>"$log"
  SECONDS=0
  if on_terminal; then
    tick "$label" &
    ticker=$!
  else
    echo "$label …"
  fi
  set +e
  (
    set -e
    "$@"
  ) >>"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ -n "$ticker" ]; then
    kill "$ticker"
    wait "$ticker" 2>/dev/null || true
    printf '\r'
  fi
  if [ "$status" != 0 ]; then
    echo "$label: FAILED; the end of $log:"
    tail -n 15 "$log" | sed 's/^/    /'
    fail "${step_advice:-}"
  fi
  echo "$label: done in $SECONDS s"
}
