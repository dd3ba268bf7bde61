// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_QGS_MUX_JOB_H
#define VSOCKFWD_QGS_MUX_JOB_H

#include <memory>
#include <string>

#include "lib/timer.h"
#include "qgs-mux/guest.h"
#include "qgs-mux/request_reader.h"

namespace vsockfwd::qgs {

/// Told how a request has ended. Exactly one of the two, once.
class JobClient {
 public:
  virtual void answered(std::string reply, ErrorCode error) = 0;
  /// There is no reply; `reason` is for the log.
  virtual void failed(const std::string& reason) = 0;

 protected:
  ~JobClient() = default;
};

/// A request on its way.
struct Job {
  Request request;
  std::shared_ptr<Guest> guest;
  /// Null when nobody waits for it any more.
  JobClient* client = nullptr;
  /// How often a service took it and gave no reply.
  unsigned attempts = 0;
};

}  // namespace vsockfwd::qgs

#endif  // VSOCKFWD_QGS_MUX_JOB_H
