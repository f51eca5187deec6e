#include "fuzz/targets.h"

#include <array>

namespace cdx::fuzz {

std::span<const Target> targets() {
  static constexpr std::array kTargets = {
      Target{"safetensors", safetensors},
      Target{"model_config", model_config},
      Target{"encoder_config", encoder_config},
      Target{"tokenizer_json", tokenizer_json},
      Target{"tokenizer_model", tokenizer_model},
      Target{"tokenizer_input", tokenizer_input},
      Target{"chat_template", chat_template},
      Target{"text_files", text_files},
      Target{"score_table", score_table},
      Target{"npy", npy}};
  return kTargets;
}

}  // namespace cdx::fuzz
