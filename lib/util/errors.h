#pragma once

#include <stdexcept>
#include <string>

namespace cdx {

// What main() turns into one line and an exit status. A message says what is
// wrong, where (file, line, key) and what to do about it.
class Error : public std::runtime_error {
 public:
  Error(const std::string& message, int exit_status)
      : std::runtime_error(message), exit_status_(exit_status) {}
  int exit_status() const { return exit_status_; }

 private:
  int exit_status_;
};

// The user's mistake: a wrong key, an impossible combination, a missing model.
class UserError : public Error {
 public:
  explicit UserError(const std::string& message) : Error(message, 2) {}
};

// The world's: a full disk, a damaged file.
class WorldError : public Error {
 public:
  explicit WorldError(const std::string& message) : Error(message, 1) {}
};

}  // namespace cdx
