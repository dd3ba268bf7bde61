// SPDX-License-Identifier: Apache-2.0
//
// Fuzzes the whole command line, one word a line:
//
//   cmake -S tools -B build/tools-fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++-14 \
//     -DVSOCKFWD_FUZZERS=ON -DVSOCKFWD_SANITIZERS=ON
//   cmake --build build/tools-fuzz --target program-fuzz
//   build/tools-fuzz/vsockfwd/program-fuzz -max_total_time=60 -only_ascii=1
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/fuzzing.h"
#include "vsockfwd/fake_host.h"
#include "vsockfwd/program.h"

namespace vsockfwd {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::unique_ptr<FakeHost> complete_host() {
  auto host = std::make_unique<FakeHost>();
  host->complete();
  return host;
}

/// Whether the program would close descriptors that it has not inherited from anybody.
bool takes_descriptors(Words words) {
  return std::ranges::any_of(words, [](auto word) { return word.ends_with("-fd"); });
}

void try_words(Words words) {
  if (takes_descriptors(words)) return;
  static const auto host = complete_host();
  host->module.requests.clear();
  host->module.rules.clear();
  host->module.add(16);

  const auto outcome = run(words, host->machine());
  require(outcome.status != exit_usage || host->module.requests.empty());
  if (requested_format(words) == Format::people) {
    require(outcome.status == exit_success || outcome.complaint.starts_with("vsockfwd: "));
  } else {
    require(Json::accept(outcome.output));
    require(outcome.complaint.empty());
  }
}

}  // namespace
}  // namespace vsockfwd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  vsockfwd::try_words(vsockfwd::split_lines(text));
  return 0;
}
