#!/bin/sh
# Creates the namespace and registers the search attributes that operators filter by; safe to run
# again. A test holds the list against domain/search_attributes.py. The address and the namespace
# are read from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE by the `temporal` program itself.
set -eu

attributes="
LearningLoopWorkspace=Keyword
LearningLoopStatus=Keyword
LearningLoopGap=Keyword
LearningLoopChangeKind=Keyword
LearningLoopTier=Keyword
LearningLoopDue=Datetime
"

# Tries for two minutes: a server that answers may still be choosing its members.
retry() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      echo "gave up: $*" >&2
      return 1
    fi
    sleep 2
  done
}

create_namespace() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" \
      --retention "${TEMPORAL_RETENTION:-30d}"
}

known() {
  temporal operator search-attribute list | grep -Eq "^ *$1 "
}

create_attribute() {
  known "$1" || temporal operator search-attribute create --name "$1" --type "$2"
}

retry temporal operator cluster health
retry create_namespace
for attribute in $attributes; do
  retry create_attribute "${attribute%=*}" "${attribute#*=}"
done
