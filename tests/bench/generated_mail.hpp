// Mail as a house gathers it over many years, made by number: the same number gives the same message, at any
// time and on any machine.
//
// Sizes follow a power law: half are below 4 KiB, few are hundreds of KiB. Words follow Zipf's law; one
// message in eight is Japanese, one in eight has an attachment. Four users of two accounts each; every tenth
// message lies in one big folder, the others in INBOXes and in forty folders a user. Threads: immutable once
// made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace homespool::bench {

class GeneratedMail {
 public:
  static constexpr std::size_t kUsers = 4, kFolders = 40;
  // Neighbours lie in the same folder and came from the same account.
  static constexpr std::size_t kTogether = 250;

  GeneratedMail();

  std::string message(std::uint64_t number) const;

  struct Place {
    std::string user, folder, account;
    bool fetched = false; // otherwise put there by a client, with its flags
  };
  static Place place(std::uint64_t number);
  static std::string user(std::size_t number);
  static std::string folder(std::size_t number);
  static bool seen(std::uint64_t number);
  static bool flagged(std::uint64_t number);

 private:
  std::string line(std::uint64_t dice, const std::vector<std::string>& words) const;
  std::string body(std::uint64_t number, std::size_t size) const;

  std::vector<std::string> words_, japanese_; // by rank
  std::vector<std::string> lines_, japanese_lines_;
};

} // namespace homespool::bench
