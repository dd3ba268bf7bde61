// SPDX-License-Identifier: GPL-2.0
/*
 * Where the trace events live.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
