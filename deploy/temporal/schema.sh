#!/bin/sh
# Creates Temporal's two databases and brings their schemas to the version of this image.
# Safe to run again: it runs at every start. Connection: SQL_HOST, SQL_USER, SQL_PASSWORD …
set -eu

versions=/etc/temporal/schema/postgresql/v12

# $1: database, $2: which of the schemas
prepare() {
  temporal-sql-tool --db "$1" create
  temporal-sql-tool --db "$1" setup-schema -v 0.0
  temporal-sql-tool --db "$1" update-schema -d "$versions/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
