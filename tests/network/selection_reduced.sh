#!/usr/bin/env bash
# Whose packets, by rules of nf_tables: the same test.
# timeout 120
BACKEND=reduced exec bash "$(dirname "$0")/selection.sh"
