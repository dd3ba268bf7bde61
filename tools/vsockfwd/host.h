// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_HOST_H
#define VSOCKFWD_VSOCKFWD_HOST_H

#include "vsockfwd/command.h"

namespace vsockfwd {

/// The object "host": which CIDs programs of the host may bind to.
Object host_object();

/// Understands the values of "host alias": a CID, or 0 for none.
Result<Cid> parse_host_alias(const Values& values);

/// The words that make a CID the alias, as in: host alias 3.
std::string format_host_alias(Cid cid);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_HOST_H
