"""Images, kernels and digits: shapes, ranges, and plain words for what cannot be read."""

import hashlib
import http.server
import io
import threading

import numpy as np
import pytest
from PIL import Image

from cnnlab import data
from cnnlab.data import mnist
from cnnlab.widgets import ChannelView, FeatureMaps, FilterExplorer


@pytest.mark.parametrize("name", data.SAMPLE_IMAGES)
def test_sample_images_are_brightness(name):
    image = data.sample_image(name)
    assert image.ndim in (2, 3) and image.shape[2:] in ((), (3,))
    assert image.min() >= 0 and image.max() <= 1 and image.max() - image.min() > 0.4
    assert image.shape[0] != 0 and image.dtype == np.float64


def test_whoever_changes_a_sample_image_changes_their_own():
    first = data.sample_image("cat")
    first[...] = 0
    assert data.sample_image("cat").max() > 0.5


def test_an_unknown_image_is_refused_with_the_known_names():
    with pytest.raises(ValueError, match="name is 'lena', but it must be one of camera"):
        data.sample_image("lena")


def test_the_digits_are_balanced_and_shuffled():
    (x_train, t_train), (x_test, t_test) = data.load_mnist()
    assert x_train.shape == (4000, 784) and x_test.shape == (1000, 784)
    assert x_train.dtype == np.float32 and x_train.min() >= 0 and x_train.max() == 1
    assert np.bincount(t_train).tolist() == [400] * 10
    assert np.bincount(t_test).tolist() == [100] * 10
    assert len(set(t_train[:20])) > 5  # not sorted by class


def test_the_digits_as_the_book_asks_for_them():
    (x, t), _ = data.load_mnist(normalize=False, flatten=False, one_hot_label=True)
    assert x.shape == (4000, 1, 28, 28) and x.dtype == np.uint8 and x.max() == 255
    assert t.shape == (4000, 10) and (t.sum(axis=1) == 1).all()
    (flat, labels), _ = data.load_mnist(normalize=False)
    assert np.array_equal(flat, x.reshape(4000, 784)) and np.array_equal(t.argmax(axis=1), labels)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A local server in the place of the real one, with a tiny mnist.npz."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (6, 28, 28), dtype=np.uint8),
        "y_train": np.arange(6, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (3, 28, 28), dtype=np.uint8),
        "y_test": np.arange(3, dtype=np.uint8),
    }
    content = io.BytesIO()
    np.savez(content, **arrays)

    class Handler(http.server.BaseHTTPRequestHandler):
        body = content.getvalue()
        asked = 0

        def do_GET(self):
            type(self).asked += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        monkeypatch.setattr(mnist, "FULL_URL", f"http://127.0.0.1:{running.server_port}/mnist.npz")
        monkeypatch.setattr(mnist, "FULL_SHA256", hashlib.sha256(Handler.body).hexdigest())
        monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / name)
        yield Handler, arrays
        running.shutdown()


def test_the_full_set_is_fetched_once_with_a_progress_bar(server, capsys):
    handler, arrays = server
    (x, t), (x_test, _) = data.load_mnist(normalize=False, full=True)
    assert np.array_equal(x.reshape(-1, 28, 28), arrays["x_train"])
    assert t.tolist() == [0, 1, 2, 3, 4, 5] and x_test.shape == (3, 784)
    assert "100%" in capsys.readouterr().err
    data.load_mnist(full=True)
    assert handler.asked == 1


def test_a_file_with_another_content_is_refused(server):
    handler, _ = server
    handler.body = b"not the digits"
    with pytest.raises(ValueError, match="its content is not the known one.*full=False"):
        data.load_mnist(full=True)


def test_offline_it_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(mnist, "FULL_URL", "http://127.0.0.1:9/mnist.npz")
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="could not be fetched.*full=False.*5,000 digits"):
        data.load_mnist(full=True)


# ------------------------------------------------------------------ load_image


def save(path, mode="RGB", size=(30, 20), **options):
    Image.new(mode, size, **options).save(path)
    return path


@pytest.mark.parametrize("name", ["photo.png", "고양이 사진.png", "a b (1).bmp", "c$x$.webp"])
def test_a_file_is_read_whatever_its_name(tmp_path, name):
    image = data.load_image(save(tmp_path / name))
    assert image.shape == (20, 30, 3)
    assert data.load_image(str(tmp_path / name)).shape == (20, 30, 3)


@pytest.mark.parametrize(
    ("mode", "shape"),
    [("L", (20, 30)), ("1", (20, 30)), ("P", (20, 30, 3)), ("RGBA", (20, 30, 3)),
     ("LA", (20, 30, 3)), ("I;16", (20, 30))],
)  # fmt: skip
def test_every_kind_of_png(tmp_path, mode, shape):
    image = data.load_image(save(tmp_path / "x.png", mode))
    assert image.shape == shape and image.min() >= 0 and image.max() <= 1


def test_sixteen_bits_keep_their_brightness(tmp_path):
    for level in (0, 30_000, 65_535):
        Image.fromarray(np.full((4, 5), level, dtype=np.uint16)).save(tmp_path / "x.png")
        np.testing.assert_allclose(data.load_image(tmp_path / "x.png"), level / 65535, atol=0.003)
    Image.fromarray(np.full((4, 5), np.nan, dtype=np.float32)).save(tmp_path / "x.tiff")
    with pytest.raises(ValueError, match="no brightness"):
        data.load_image(tmp_path / "x.tiff")


def test_transparent_is_white(tmp_path):
    image = data.load_image(save(tmp_path / "x.png", "RGBA", color=(0, 0, 0, 0)))
    assert image.min() == 1


def test_a_camera_that_was_held_upright(tmp_path):
    picture = Image.new("RGB", (30, 20))
    exif = picture.getexif()
    exif[0x0112] = 6  # turned by a quarter
    picture.save(tmp_path / "x.jpg", exif=exif)
    assert data.load_image(tmp_path / "x.jpg").shape == (30, 20, 3)


def test_a_large_image_is_shrunk(tmp_path):
    assert data.load_image(save(tmp_path / "x.png", size=(400, 100)), max_side=40).shape[:2] == (
        10,
        40,
    )
    assert data.load_image(np.ones((100, 400)), max_side=40).shape == (10, 40)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones(5), "must have 2 or 3 axes"),
        (np.ones((3, 8, 8)), r"must be \(H, W\) or \(H, W, 3\)"),
        (np.full((4, 4), 2.0), "values from 2.0 to 2.0"),
        (np.full((4, 4), -1), "values from -1 to -1"),
        (np.full((4, 4), 256), "values from 256 to 256"),
        ([["a", "b"]], "holds text"),
        ([[np.nan, 1.0]], "must be finite"),
        (None, "Python objects"),
    ],
)
def test_an_array_that_is_no_image(array, words):
    with pytest.raises(ValueError, match=words):
        data.load_image(array)


def test_whole_numbers_and_floats_mean_the_same():
    levels = np.array([[0, 51], [102, 255]])
    np.testing.assert_allclose(data.load_image(levels), levels / 255)
    np.testing.assert_allclose(data.load_image(levels / 255), levels / 255)
    np.testing.assert_allclose(data.load_image(levels.astype(np.uint8)), levels / 255)


def test_a_file_that_is_no_image(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not an image")
    whole = save(tmp_path / "whole.png", size=(300, 300)).read_bytes()
    (tmp_path / "broken.png").write_bytes(whole[: len(whole) // 2])
    for name, words in [
        ("empty.png", "'empty.png' is empty"),
        ("text.png", "'text.png' is no image that can be read"),
        ("broken.png", "'broken.png' is broken"),
        ("missing.png", "there is no such file"),
    ]:
        with pytest.raises(ValueError, match=words):
            data.load_image(tmp_path / name)
    with pytest.raises(ValueError, match="cannot be read"):
        data.load_image(tmp_path)
    for path in ("~nobody-of-this-name/x.png", "a\0b.png"):
        with pytest.raises(ValueError, match="is no path"):
            data.load_image(path)
    for head in (b"\x89PNG\r\n\x1a\n\0\0", b"BM12", b"RIFF\0\0\0\0WEBPVP8 "):
        with pytest.raises(ValueError, match="image is (broken|no image)"):
            data.load_image(head)
    with pytest.raises(ValueError, match="max_side is 0"):
        data.load_image([[0.0, 1.0]], max_side=0)


def test_an_image_of_50_megapixels_is_refused(tmp_path):
    path = save(tmp_path / "huge.png", "L", (10_000, 5_000))
    with pytest.raises(ValueError, match="50 megapixels, but at most 40"):
        data.load_image(path)


# --------------------------------------------------------- pictures of Pillow's


def half_red():
    """Left red, right blue, 4 x 6; a picture whose parts cannot be mistaken."""
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:, :3, 0], pixels[:, 3:, 2] = 255, 255
    return Image.fromarray(pixels)


def as_png(picture, **options):
    content = io.BytesIO()
    picture.save(content, "PNG", **options)
    return content.getvalue()


RED, BLUE, WHITE = (1, 0, 0), (0, 0, 1), (1, 1, 1)


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "CMYK", "HSV", "RGBa", "YCbCr"])
def test_a_picture_of_pillows_keeps_its_colours_in_every_mode(mode):
    picture = half_red()
    if mode == "RGBa":
        picture = picture.convert("RGBA")
    found = data.load_image(picture.convert(mode))
    assert found.shape == (4, 6, 3)
    np.testing.assert_allclose(found[0, 0], RED, atol=0.02)
    np.testing.assert_allclose(found[0, 5], BLUE, atol=0.02)


@pytest.mark.parametrize("mode", ["1", "L", "I", "I;16", "F", "LA"])
def test_a_gray_picture_of_pillows_stays_gray(mode):
    levels = Image.fromarray(np.uint8([[0, 255, 255]]))
    if mode in ("I", "I;16"):
        levels = Image.fromarray(np.array([[0, 65535, 65535]], np.uint16))
    found = data.load_image(levels if mode == "I;16" else levels.convert(mode))
    assert found.reshape(1, 3, -1)[..., 0].tolist() == [[0, 1, 1]]


def test_what_is_transparent_lies_on_white_however_it_is_said():
    picture = half_red()
    mask = Image.fromarray(np.uint8([[255] * 3 + [0] * 3] * 4))
    masked = picture.copy()
    masked.putalpha(mask)
    palette = picture.convert("P", palette=Image.Palette.ADAPTIVE)
    blue = palette.getpixel((5, 0))
    gray = Image.fromarray(np.uint8([[10] * 3 + [200] * 3] * 4))
    for source in (
        masked, as_png(masked), as_png(palette, transparency=blue),
        as_png(picture, transparency=(0, 0, 255)),
    ):  # fmt: skip
        found = data.load_image(source)
        np.testing.assert_allclose(found[0, 0], RED, atol=0.02)
        np.testing.assert_allclose(found[0, 5], WHITE)
    found = data.load_image(as_png(gray, transparency=200))
    np.testing.assert_allclose(np.ravel(found)[:1], 10 / 255)
    assert np.ravel(found)[-1] == 1


def test_a_turned_photograph_of_pillows_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    content = io.BytesIO()
    half_red().save(content, "JPEG", exif=exif, quality=95)
    for source in (content.getvalue(), Image.open(io.BytesIO(content.getvalue()))):
        found = data.load_image(source)
        assert found.shape == (6, 4, 3)
        assert found[0, 0, 0] > 0.9 and found[5, 0, 2] > 0.9


def test_explorers_take_pictures_of_pillows():
    picture = half_red().resize((60, 40)).convert("P")
    for explorer in (FilterExplorer(picture), ChannelView(picture), FeatureMaps(image=picture)):
        pixels = explorer.image
        np.testing.assert_allclose(pixels[0, 0], RED, atol=0.02)


# ------------------------------------------------------------- scattered digits


@pytest.mark.parametrize("test", [False, True])
def test_masks_and_boxes_fit_the_digits(test):
    found = data.scattered_digits(60, seed=3, noise=0, test=test)
    assert found.images.shape == (60, 1, 64, 64) and found.images.dtype == np.float32
    counts = [len(boxes) for boxes in found.boxes]
    assert min(counts) == 1 and max(counts) == 4
    for image, mask, boxes, labels in zip(*found, strict=True):
        assert len(boxes) == len(labels)
        covered = np.zeros((64, 64), dtype=bool)
        for (x1, y1, x2, y2), label in zip(boxes.astype(int), labels, strict=True):
            inner = mask[y1:y2, x1:x2]
            assert set(np.unique(inner)) <= {0, 1 + label}, "digits touch"
            # Tight: each side of the box has a pixel of the digit.
            ink = inner > 0
            assert ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any()
            assert 5 <= y2 - y1 <= 28 and x2 - x1 <= 28
            assert not covered[y1:y2, x1:x2].any(), "boxes overlap"
            covered[y1:y2, x1:x2] = True
        assert not mask[~covered].any() and not image[0][~covered].any()
        assert (image[0][mask > 0] > 0.29).all()


def test_the_same_seed_scatters_the_same():
    one, same, other = (data.scattered_digits(5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.images, same.images) and not np.array_equal(one.images, other.images)
    assert all(map(np.array_equal, one.boxes, same.boxes))
    assert data.scattered_digits(5, seed=1, noise=0).images.mean() < one.images.mean()


def test_test_pictures_have_digits_that_were_never_trained_on():
    (train, _), (test, _) = data.load_mnist(flatten=False)
    assert not {d.tobytes() for d in train} & {d.tobytes() for d in test}


@pytest.mark.parametrize(("given", "words"), [
    ({"count": 0}, "count is 0"), ({"count": 10**6}, "count is 1000000"),
    ({"count": 1, "most": 7}, "most is 7"), ({"count": 1, "noise": 2}, "noise is 2"),
    ({"count": 1, "seed": -1}, "seed is -1"), ({"count": 1, "noise": None}, "noise is None"),
])  # fmt: skip
def test_scattering_that_makes_no_sense_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        data.scattered_digits(**given)
