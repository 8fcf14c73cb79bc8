#!/usr/bin/env bash
# Makes what deploy/compose.yml has for secrets: deploy/make-secrets.sh [FOLDER], without one deploy/secrets.
# A file that is there stays. The folder is its owner's alone; the files in it are readable because each is mounted
# alone, for a user that only its container knows.
set -euo pipefail
folder=${1:-"$(dirname "${BASH_SOURCE[0]}")/secrets"}
install --directory --mode 0700 "$folder"

put() { # put NAME: standard input becomes the file, unless it is there
  if [ -e "$folder/$1" ]; then
    cat >/dev/null
    echo "kept $folder/$1"
  else
    (umask 0133 && cat >"$folder/$1")
    echo "made $folder/$1"
  fi
}

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

random | put database-password
put rasid.toml <<TOML
# What of the configuration is secret; the rest stands in deploy/compose.yml.
[database]
url = "postgres://rasid:$(cat "$folder/database-password")@postgres:5432/rasid"
TOML
random | put grafana-password
# What whoever wakes people wants to see of Alertmanager: put the real token here.
random | put alert-token
