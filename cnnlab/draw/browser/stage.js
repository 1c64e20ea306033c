// The stage: paints scenes from a store, explains the cell under the hand, and reports the
// gestures. What a scene is stands in cnnlab/scene.

import { View } from "./view.js";

export default {
  render({ model, el }) {
    const view = new View(model, el);
    view.open();
    return () => view.close();
  },
};
