#include "models/caption_model.h"

namespace glimpse::models {

Result<nn::Value> CaptionModel::step_forward(nn::Graph& graph, nn::Value memory, nn::Value past, nn::Value ids) const {
  (void)graph, (void)memory, (void)past, (void)ids;
  return Error::unsupported("captions: this model keeps nothing of the tokens that it has read");
}

}  // namespace glimpse::models
