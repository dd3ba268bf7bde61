// SPDX-License-Identifier: GPL-2.0
// Makes requests to the module as no well-behaved program would, and says what it answers.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/vhost_vsock_fwd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/fwd_request.h"
#include "common/guarded_memory.h"
#include "common/number.h"
#include "common/program.h"
#include "guest/failure.h"
#include "lib/unique_fd.h"

namespace vsockfwd::programs {
namespace {

Result<UniqueFd> open_device() {
  UniqueFd fd(::open(VHOST_VSOCK_FWD_DEVICE, O_RDWR | O_CLOEXEC));
  if (!fd) return errno_failure("cannot open " VHOST_VSOCK_FWD_DEVICE, errno);
  return fd;
}

/// Makes a request; returns 0 or an errno.
int call(const UniqueFd& device, unsigned long number, void* argument) {
  return ::ioctl(device.get(), number, argument) < 0 ? errno : 0;
}

void wait_for_end_of_input() {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

/// Makes one request.
class RequestCommand {
 public:
  RequestCommand(CLI::App& app, const FwdRequest& request)
      : request_(request), number_(request.number) {
    std::string fields;
    for (const auto& field : request.fields) fields += fmt::format(" {}", field.name);
    auto& command = *app.add_subcommand(std::string(request.name),
                                        fmt::format("make the request; its fields are{}", fields));
    command.add_option("fields", assignments_, "what is not 0; size is right unless given")
        ->option_text("FIELD=VALUE...");
    command.add_option("--last-byte", last_byte_, "the last of the bytes that size tells of")
        ->option_text("BYTE");
    command.add_option("--reach", reach_, "only so many bytes of the structure can be reached")
        ->option_text("BYTES");
    command.add_flag("--read-only", read_only_, "the structure cannot be written");
    command.add_option("--number", number_, "make another request with this structure")
        ->option_text("NUMBER");
    command.add_flag("--hold", hold_, "keep the device open until standard input ends");
    command.callback([this] { run(); });
  }

 private:
  void run() {
    prepare_structure();
    prepare_entries();
    const auto memory = value_or_fail(
        GuardedMemory::create(std::span(structure_).first(std::min(reach_, structure_.size()))));
    if (read_only_) value_or_fail(memory.make_read_only());

    const auto device = value_or_fail(open_device());
    const int code = call(device, number_, memory.bytes().data());
    if (code != 0) {
      fmt::print("{}\n", errno_name(code));
      throw CLI::RuntimeError(1);
    }
    print_answer(memory.bytes());
    if (!hold_) return;
    std::fflush(stdout);
    wait_for_end_of_input();
  }

  void prepare_structure() {
    structure_.resize(request_.size);
    set("size", request_.size);
    for (const auto& assignment : assignments_) {
      const auto equals = std::min(assignment.find('='), assignment.size());
      const auto value =
          std::string_view(assignment).substr(std::min(equals + 1, assignment.size()));
      set(assignment.substr(0, equals), value_or_fail(parse_number<std::uint64_t>(value)));
    }
    structure_.resize(std::max<std::size_t>(structure_.size(), get("size")));
    if (last_byte_ >= 0) structure_.at(get("size") - 1) = std::byte(last_byte_);
  }

  /// A list needs an array to be written to.
  void prepare_entries() {
    if (request_.number != VHOST_VSOCK_FWD_RULE_LIST) return;
    if (get("entry_size") == 0) set("entry_size", sizeof(vhost_vsock_fwd_rule));
    if (get("entries") != 0) return;
    const auto count = std::min<std::uint64_t>(get("count"), VHOST_VSOCK_FWD_LIST_MAX);
    entries_.resize(count * get("entry_size"));
    set("entries", reinterpret_cast<std::uintptr_t>(entries_.data()));
  }

  void print_answer(std::span<const std::byte> structure) const {
    fmt::print("ok{}\n", answer_text(request_.fields, structure));
    if (entries_.empty()) return;
    const auto entry_size = get("entry_size");
    const auto count = value_or_fail(request_.field("count")).get(structure);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto entry = std::span(entries_).subspan(i * entry_size, entry_size);
      fmt::print("rule{}\n", answer_text(rule_fields(), entry));
    }
  }

  [[nodiscard]] std::uint64_t get(std::string_view name) const {
    return value_or_fail(request_.field(name)).get(structure_);
  }

  void set(std::string_view name, std::uint64_t value) {
    value_or_fail(request_.field(name)).set(structure_, value);
  }

  const FwdRequest& request_;
  std::vector<std::string> assignments_;
  unsigned long number_;
  int last_byte_ = -1;
  std::size_t reach_ = SIZE_MAX;
  bool read_only_ = false;
  bool hold_ = false;
  std::vector<std::byte> structure_;
  std::vector<std::byte> entries_;
};

}  // namespace
}  // namespace vsockfwd::programs

int main(int argc, char** argv) {
  using namespace vsockfwd::programs;
  CLI::App app(
      "Makes requests to the module, well-formed or not.\n"
      "Prints \"ok\" and what it answers, or the name of the errno and exits with status 1.");
  std::vector<std::unique_ptr<RequestCommand>> commands;
  for (const auto& request : fwd_requests()) {
    commands.push_back(std::make_unique<RequestCommand>(app, request));
  }
  return run_program(app, argc, argv);
}
