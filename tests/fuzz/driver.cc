// Runs a libFuzzer target without libFuzzer: seeded mutations of a corpus, for a fixed number of
// inputs. So the same targets run in CI with g++ and its sanitizers, and with clang's
// -fsanitize=fuzzer when somebody digs deeper. usage: <target> [--runs N] [--seed N] [corpus
// files...]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern const std::vector<std::string> kSeedInputs;  // each target gives its own

namespace {

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string Next(const std::vector<std::string>& corpus) {
    std::string input = corpus[Below(corpus.size())];
    for (size_t steps = 1 + Below(6); steps > 0; --steps) Mutate(input, corpus);
    return input;
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void Mutate(std::string& input, const std::vector<std::string>& corpus) {
    static const std::vector<std::string> kTokens = {
        "{", "}",  "[",     "]",    "\"",   "\\",       ":", ",",  "\n",   "\0",
        "0", "-1", "1e999", "null", "true", "\xff\xfe", "%", "..", "\r\n", "9223372036854775808"};
    const size_t at = Below(input.size() + 1);
    switch (Below(6)) {
      case 0:
        input.insert(at, kTokens[Below(kTokens.size())]);
        break;
      case 1:
        if (!input.empty()) input.erase(at % input.size(), 1 + Below(8));
        break;
      case 2:
        if (!input.empty()) input[at % input.size()] = static_cast<char>(random_());
        break;
      case 3:
        input.resize(at);
        break;
      case 4:
        input.insert(at, input.substr(at, Below(64)));
        break;
      default: {
        const std::string& other = corpus[Below(corpus.size())];
        input.insert(at, other.substr(Below(other.size() + 1), Below(128)));
      }
    }
  }

  std::mt19937 random_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long runs = 20000;
  unsigned seed = 1;
  std::vector<std::string> corpus = kSeedInputs;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--runs" && i + 1 < argc) {
      runs = std::strtoul(argv[++i], nullptr, 10);
    } else if (argument == "--seed" && i + 1 < argc) {
      seed = static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10));
    } else {
      corpus.push_back(ReadFile(argv[i]));
    }
  }
  if (corpus.empty()) corpus.emplace_back();
  for (const std::string& input : corpus) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  Mutator mutator(seed);
  for (unsigned long i = 0; i < runs; ++i) {
    const std::string input = mutator.Next(corpus);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  std::printf("%lu inputs, seed %u: no finding\n", runs, seed);
  return 0;
}
