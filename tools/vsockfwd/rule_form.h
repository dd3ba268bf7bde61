// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCKFWD_RULE_FORM_H
#define VSOCKFWD_VSOCKFWD_RULE_FORM_H

#include <string>

#include "lib/rule.h"
#include "vsockfwd/command.h"

/// How a rule is written: in words on a command line, and in JSON.
namespace vsockfwd {

/// Understands the values of "rule add". The rule is persistent: the program is gone in a moment.
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
