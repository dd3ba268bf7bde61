// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_RULE_FORM_H
#define VSOCKFWD_VSOCKFWD_RULE_FORM_H

#include <array>
#include <string>

#include "lib/rule.h"
#include "vsockfwd/command.h"

/// How a rule is written: in words on a command line, and in JSON.
namespace vsockfwd {

/// The words that say what a rule is.
inline constexpr std::array rule_keywords = {
    Keyword{"guest", "CID", "", Need::required,
            "the guest that gets the rule; it need not run yet"},
    Keyword{"from", "CID", "parent", Need::optional,
            "the CID that the guest uses; 3 (parent) if not given"},
    Keyword{"port", "PORTS", "", Need::optional,
            "the ports that the guest uses there, as 9000 or 9000-9010; all if not given"},
    Keyword{"to", "host|CID", "host", Need::alternative, "what the guest reaches there"},
    Keyword{"port", "PORT", "", Need::optional,
            "directly behind the target: the port there that stands for the first of the guest's; "
            "the same if not given",
            "to"},
    Keyword{"deny", "", "", Need::alternative, "refuse the guest's connections"},
};

/// Understands the values of those keywords. The rule is persistent.
Result<Rule> parse_rule(const Values& values);

/// The ports that a rule is for: the value of "port", or every port without one.
Result<PortRange> parse_rule_ports(const Values& values);

/// What the rule says, as in: guest 16 from 3 to host.
std::string describe_rule(const Rule& rule);

/// The words that add the rule, as in: rule add guest 16 from 3 to host.
std::string format_rule(const Rule& rule);

/// What becomes of the guest's connections, as in: host port 19000. Or: deny.
std::string format_target(const Rule& rule);

/// null for what does not apply to the rule.
Json json_of(const Rule& rule);

}  // namespace vsockfwd

#endif  // VSOCKFWD_VSOCKFWD_RULE_FORM_H
