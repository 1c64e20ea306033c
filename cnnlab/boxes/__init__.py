"""Boxes around things: overlap, suppression, anchors, regions of a map, average precision.

A box is a row (x1, y1, x2, y2): its left, upper, right and lower side, in pixels from
the upper left corner of the image. x2 - x1 is its width.
"""

from cnnlab.boxes.anchored import anchors, decode, encode
from cnnlab.boxes.corners import box_area, box_iou, nms, to_center, to_corner
from cnnlab.boxes.grid import grid_boxes, grid_targets, responsible_cells
from cnnlab.boxes.regions import region_bins, roi_align, roi_pool
from cnnlab.boxes.scoring import average_precision, match_detections, precision_recall

__all__ = [
    "anchors",
    "average_precision",
    "box_area",
    "box_iou",
    "decode",
    "encode",
    "grid_boxes",
    "grid_targets",
    "match_detections",
    "nms",
    "precision_recall",
    "region_bins",
    "responsible_cells",
    "roi_align",
    "roi_pool",
    "to_center",
    "to_corner",
]
