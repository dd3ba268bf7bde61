// SPDX-License-Identifier: Apache-2.0
#include "lib/fwd_error.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <map>
#include <set>
#include <vector>

namespace vsockfwd {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

/// The errors that the contract lists for each request.
const std::map<FwdRequest, std::vector<int>> contract = {
    {FwdRequest::info, {E2BIG, EFAULT, EINTR, EINVAL, EOPNOTSUPP, ENOTTY}},
    {FwdRequest::rule_add,
     {E2BIG, EBUSY, EEXIST, EFAULT, EINTR, EINVAL, ENODEV, ENOMEM, ENOSPC, EOPNOTSUPP, EPERM,
      ENOTTY}},
    {FwdRequest::rule_del, {E2BIG, EFAULT, EINTR, EINVAL, ENOENT, EOPNOTSUPP, EPERM, ENOTTY}},
    {FwdRequest::rule_list, {E2BIG, EFAULT, EINTR, EINVAL, ENOMEM, EOPNOTSUPP, ENOTTY}},
    {FwdRequest::open, {ENOENT, ENODEV, ENXIO, EACCES, EPERM}},
};

TEST(ExplainFwdError, ExplainsEveryErrorOfTheContract) {
  const auto system_words = explain_fwd_error(FwdRequest::info, 4095, "").hint;
  for (const auto& [request, codes] : contract) {
    std::set<std::string> messages;
    for (const int code : codes) {
      const auto error = explain_fwd_error(request, code, "cannot do it");
      EXPECT_THAT(error.message, StartsWith("cannot do it: "));
      EXPECT_THAT(error.message, EndsWith(" (" + errno_name(code) + ")"));
      EXPECT_NE(error.hint, system_words) << error.message;
      EXPECT_EQ(error.code, code);
      EXPECT_TRUE(messages.insert(error.message).second) << error.message;
    }
  }
}

TEST(ExplainFwdError, PrefersWhatTheRequestMeansByIt) {
  EXPECT_EQ(explain_fwd_error(FwdRequest::rule_add, EINVAL, "x").message,
            "x: the module does not accept these CIDs or ports (EINVAL)");
  EXPECT_EQ(explain_fwd_error(FwdRequest::rule_list, EINVAL, "x").message,
            "x: the module does not accept the request (EINVAL)");
  EXPECT_EQ(explain_fwd_error(FwdRequest::rule_del, ENOENT, "x").message,
            "x: there is no such rule (ENOENT)");
  EXPECT_EQ(explain_fwd_error(FwdRequest::open, ENOENT, "x").message,
            "x: there is no such device (ENOENT)");
}

TEST(ExplainFwdError, ShowsWhatNobodyPromised) {
  const auto known = explain_fwd_error(FwdRequest::info, EIO, "cannot do it");
  EXPECT_EQ(known.message, "cannot do it: Input/output error (EIO)");
  const auto unheard = explain_fwd_error(FwdRequest::info, 4095, "cannot do it");
  EXPECT_EQ(unheard.message, "cannot do it: Unknown error 4095 (errno 4095)");
  EXPECT_EQ(unheard.code, 4095);
}

}  // namespace
}  // namespace vsockfwd
