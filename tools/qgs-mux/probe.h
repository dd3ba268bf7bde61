// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_PROBE_H
#define VSOCKFWD_QGS_MUX_PROBE_H

#include <string>

#include "lib/address.h"
#include "lib/result.h"

namespace vsockfwd::qgs {

/// Asks a service for platform info, as long as a client would wait. A line for people; or what is
/// wrong, with what to do about it.
Result<std::string> probe(const Address& service);

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_PROBE_H
