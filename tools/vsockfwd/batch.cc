// SPDX-License-Identifier: Apache-2.0
#include "vsockfwd/batch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "vsockfwd/batch_file.h"
#include "vsockfwd/transaction.h"

namespace vsockfwd {
namespace {

Result<std::vector<Action>> actions_of(const BatchFile& file) {
  std::vector<Action> actions;
  for (const auto& line : file.lines()) {
    auto action = line.request.command->parse(line.request.values);
    if (!action) return Failure(file.locate(line, action.error()));
    actions.push_back(std::move(*action));
  }
  return actions;
}

/// Runs one command after another and puts their replies together; all of them or none.
Result<Reply> run(const Machine& machine, const BatchFile& file,
                  const std::vector<Action>& actions) {
  Transaction transaction(machine);
  const auto recording = transaction.machine();
  Reply all = {Json::array(), {}};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    auto reply = actions[i](recording);
    if (!reply) {
      return Failure(take_back(transaction, file.locate(file.lines()[i], reply.error())));
    }
    all.json.push_back(std::move(reply->json));
    all.text += reply->text;
    all.status = std::max(all.status, reply->status);
  }
  return all;
}

Result<Reply> batch(const Machine& machine, const std::string& name) {
  const auto file = BatchFile::read(machine, name);
  if (!file) return Failure(file.error());
  const auto actions = actions_of(*file);
  if (!actions) return Failure(actions.error());
  return run(machine, *file, *actions);
}

Result<Action> parse_batch(const Values& values) {
  return
      [name = std::string(values.at({}))](const Machine& machine) { return batch(machine, name); };
}

constexpr std::array keywords = {
    Keyword{"", "FILE|-", file_suggestion, Need::required,
            "the file with one command a line; standard input for -"},
};

constexpr std::array commands = {
    Command{"", keywords, "run the commands of a file, all of them or none", parse_batch},
};

}  // namespace

Object batch_object() {
  return {"batch", "many commands at once, from a file", commands, /*in_batch=*/false};
}

}  // namespace vsockfwd
