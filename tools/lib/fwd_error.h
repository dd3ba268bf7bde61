// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FWD_ERROR_H
#define VSOCKFWD_LIB_FWD_ERROR_H

#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd {

/// What was asked of the module when it failed: the same errno means different things.
enum class FwdRequest { open, info, rule_add, rule_del, rule_list, host_alias, netlink };

/// Explains the errno `code` that the module answered to `request`. `what` says what could not be
/// done, as in: cannot add rule for guest "16". A code that no contract names is still shown.
Error explain_fwd_error(FwdRequest request, int code, std::string_view what);

/// The symbol of an errno, such as "EEXIST"; "errno 4095" if it has none.
std::string errno_name(int code);

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FWD_ERROR_H
