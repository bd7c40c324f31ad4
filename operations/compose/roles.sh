#!/bin/sh
# Makes the two accounts when PostgreSQL makes its folder: the owner of the tables, and the one the program works under.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
    -v owner_password="$OWNER_PASSWORD" -v application_password="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE zhanggui_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE zhanggui_app LOGIN PASSWORD :'application_password';
CREATE DATABASE zhanggui OWNER zhanggui_owner TEMPLATE template0;
\connect zhanggui
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
SQL
