// SPDX-License-Identifier: Apache-2.0
// libfmt as an archive. Debian has it as headers that put all of it into every file, which takes
// as long to compile as the file itself; and as a shared object, whose name changes with each
// release, while one build is to run on all of them.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

// What the headers declare as instantiated here.
template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl<char>(locale_ref) -> char;

}  // namespace detail
FMT_END_NAMESPACE
