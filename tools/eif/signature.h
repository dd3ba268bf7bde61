// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_EIF_SIGNATURE_H
#define VSOCKFWD_EIF_SIGNATURE_H

#include <string>
#include <string_view>

#include "lib/result.h"

namespace vsockfwd::eif {

/// The certificate, in DER, of a signature section: an array in CBOR, whose first item is a map of
/// "signing_certificate", an array of the bytes of a certificate in PEM, and of "signature". What
/// follows the certificate is not looked at.
Result<std::string> signing_certificate(std::string_view section);

}  // namespace vsockfwd::eif

#endif  // VSOCKFWD_EIF_SIGNATURE_H
