#!/usr/bin/env bash
set -euo pipefail
source ./lib.sh
. /etc/profile

readonly LIMIT=10
export NAME="é"
alias ll='ls -l'

# Greets somebody.
greet() {
  local name="$1"
  if [[ -n "$name" ]]; then
    printf '%s\n' "$name"‸
  fi
  for each in a b; do
    square "$each"
  done
}

function square {
  echo $(( $1 * $1 ))
}

greet world | sort
