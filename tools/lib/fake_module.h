// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_LIB_FAKE_MODULE_H
#define VSOCKFWD_LIB_FAKE_MODULE_H

#include <linux/vhost_vsock_fwd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "lib/fwd_device.h"

namespace vsockfwd {

/// Plays the module for tests of its callers: paging, and answers that a healthy module never
/// gives. What the real module accepts is tested with the real module.
class FakeModule {
 public:
  /// Every request in the order of arrival.
  std::vector<unsigned long> requests;
  /// errno with which a request fails, by its number.
  std::map<unsigned long, int> failures;
  /// Called before each request with its number; the errno with which that one fails, or 0.
  std::function<int(unsigned long)> intervene;
  /// What INFO answers, apart from the number of rules.
  vhost_vsock_fwd_info info = {.size = sizeof(vhost_vsock_fwd_info),
                               .flags = 0,
                               .api_version = VHOST_VSOCK_FWD_API_VERSION,
                               .state = 0,
                               .features = VHOST_VSOCK_FWD_F_TO_HOST | VHOST_VSOCK_FWD_F_PERSIST |
                                           VHOST_VSOCK_FWD_F_PORTS | VHOST_VSOCK_FWD_F_TO_GUEST |
                                           VHOST_VSOCK_FWD_F_PROOF | VHOST_VSOCK_FWD_F_HOST_ALIAS,
                               .rules = 0,
                               .rules_max = VHOST_VSOCK_FWD_RULES_MAX,
                               .host_alias = 0,
                               .__reserved = 0};
  /// In the order of their ids.
  std::vector<vhost_vsock_fwd_rule> rules;
  /// The descriptors that came with each rule that was added: those of the guest and the parent.
  std::vector<std::pair<__u32, __u32>> proofs;
  /// The rule of this guest is listed, and gone when somebody wants to delete it.
  Cid vanishing_guest = 0;

  /// Refers to this object.
  IoctlFunction ioctl() {
    return [this](int /*fd*/, unsigned long request, void* argument) {
      return serve(request, argument);
    };
  }

  /// A rule that is there already.
  void add(const Rule& rule) {
    rules.push_back({.id = ++last_id_,
                     .flags = (rule.persistent ? unsigned{VHOST_VSOCK_FWD_RULE_PERSIST} : 0) |
                              (rule.deny ? unsigned{VHOST_VSOCK_FWD_RULE_DENY} : 0),
                     .guest_cid = rule.guest_cid,
                     .from_cid = rule.from_cid,
                     .to_cid = rule.to_cid,
                     .port_first = rule.ports.first,
                     .port_last = rule.ports.last,
                     .to_port = rule.to_port,
                     .__reserved = 0});
  }
  void add(Cid guest, Cid from = parent_cid, Cid to = host_cid, bool persistent = true) {
    add(Rule{.guest_cid = guest, .from_cid = from, .to_cid = to, .persistent = persistent});
  }

 private:
  int serve(unsigned long request, void* argument) {
    requests.push_back(request);
    const auto failure = failures.find(request);
    if (failure != failures.end()) return refuse(failure->second);
    if (const int code = intervene ? intervene(request) : 0; code != 0) return refuse(code);
    switch (request) {
      case VHOST_VSOCK_FWD_INFO:
        return answer(*static_cast<vhost_vsock_fwd_info*>(argument));
      case VHOST_VSOCK_FWD_RULE_ADD:
        return answer(*static_cast<const vhost_vsock_fwd_rule_add*>(argument));
      case VHOST_VSOCK_FWD_RULE_DEL:
        return answer(*static_cast<const vhost_vsock_fwd_rule_del*>(argument));
      case VHOST_VSOCK_FWD_RULE_LIST:
        return answer(*static_cast<vhost_vsock_fwd_rule_list*>(argument));
      case VHOST_VSOCK_FWD_HOST_ALIAS:
        return answer(*static_cast<const vhost_vsock_fwd_host_alias*>(argument));
      default:
        return refuse(ENOTTY);
    }
  }

  int answer(vhost_vsock_fwd_info& request) const {
    if (request.size != sizeof(request) || request.flags != 0) return refuse(EINVAL);
    request = info;
    request.rules = static_cast<__u32>(rules.size());
    request.state = rules.empty() ? 0 : VHOST_VSOCK_FWD_S_HOOKED;
    return 0;
  }

  int answer(const vhost_vsock_fwd_rule_add& request) {
    if (request.size != sizeof(request)) return refuse(EINVAL);
    proofs.emplace_back(request.guest_fd, request.parent_fd);
    rules.push_back({++last_id_, request.flags, request.guest_cid, request.from_cid, request.to_cid,
                     request.port_first, request.port_last, request.to_port, 0});
    return 0;
  }

  int answer(const vhost_vsock_fwd_rule_del& request) {
    if (request.size != sizeof(request) || request.flags != 0 || request.__reserved != 0) {
      return refuse(EINVAL);
    }
    const auto matches = [&](const auto& rule) {
      return rule.guest_cid == request.guest_cid && rule.port_first == request.port_first &&
             rule.port_last == request.port_last;
    };
    const bool gone = request.guest_cid == vanishing_guest || std::erase_if(rules, matches) == 0;
    return gone ? refuse(ENOENT) : 0;
  }

  int answer(vhost_vsock_fwd_rule_list& request) const {
    if (request.size != sizeof(request) || request.flags != 0 ||
        request.entry_size != sizeof(vhost_vsock_fwd_rule)) {
      return refuse(EINVAL);
    }
    const auto start =
        std::ranges::upper_bound(rules, request.after_id, {}, &vhost_vsock_fwd_rule::id);
    const auto room = std::min<std::ptrdiff_t>(request.count, VHOST_VSOCK_FWD_LIST_MAX);
    const auto count = std::min(rules.end() - start, room);
    std::copy_n(start, count, reinterpret_cast<vhost_vsock_fwd_rule*>(request.entries));
    request.count = static_cast<__u32>(count);
    return 0;
  }

  int answer(const vhost_vsock_fwd_host_alias& request) {
    if (request.size != sizeof(request) || request.flags != 0) return refuse(EINVAL);
    if (request.cid == info.host_alias) return request.cid == 0 ? refuse(ENOENT) : 0;
    info.host_alias = request.cid;
    return 0;
  }

  static int refuse(int code) {
    errno = code;
    return -1;
  }

  __u64 last_id_ = 0;
};

}  // namespace vsockfwd

#endif  // VSOCKFWD_LIB_FAKE_MODULE_H
