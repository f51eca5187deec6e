#pragma once

#include "util/files.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// Numbers of each token of each story, beside the generation log: NAME.f32
// holds rows of little-endian float32, NAME.json what the columns are, and a
// story's record names the file and its first row. In numpy:
//   rows = np.fromfile("NAME.f32", "<f4").reshape(-1, len(columns))
namespace cdx {

// Where a story's rows lie; one row a token id.
struct TokenRecordPlace {
  std::string file;  // name of the .f32 file in the log's folder
  int64_t row = 0;
};

class TokenRecordWriter {
 public:
  // The files are made with the first story; `process` as GenerationWriter.
  TokenRecordWriter(std::filesystem::path folder,
                    std::string process,
                    std::vector<std::string> columns);

  // `rows`: [n][columns]. To be called before the story's record is appended:
  // rows that no record names, after a crash, are passed over.
  TokenRecordPlace append(const std::vector<float>& rows);
  void sync();

 private:
  std::filesystem::path folder_;
  std::string name_;
  std::vector<std::string> columns_;
  std::unique_ptr<AppendLog> log_;
  int64_t rows_ = 0;
};

struct TokenRecords {
  std::vector<std::string> columns;
  std::vector<float> values;  // [n][columns]
};

// The `n` rows of a story. Throws UserError / WorldError for files that are
// missing, damaged or too short.
TokenRecords read_token_records(const std::filesystem::path& folder,
                                const TokenRecordPlace& place,
                                int64_t n);

}  // namespace cdx
