from itertools import combinations, pairwise

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import PatchCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.path import Path

from mlcourse.figures._shared.saving import save_figure
from mlcourse.figures._shared.style import GREY, tint
from mlcourse.figures.model_graph import Block, graph
from mlcourse.figures.model_graph.boxes import Box, box_of, icon, icon_scale
from mlcourse.figures.model_graph.descriptions import KINDS
from mlcourse.figures.model_graph.layout import Layering, lay_out, section_starts
from mlcourse.figures.model_graph.lines import (
    junctions,
    parallel_lines,
    rounded_path,
    without_shared_parts,
)
from mlcourse.figures.model_graph.plot import COLORS, plot_model_graph
from tests.conftest import few, slow
from tests.figures.model_graph import graph_zoo
from tests.figures.model_graph.graph_artists import faults
from tests.figures.model_graph.graph_models import LAYERS, MODELS, cifar, deep, inception, residual
from tests.figures.model_graph.graph_zoo import ZOO, Classifier

CLOSE = 1e-6


@pytest.fixture(scope="module")
def made():
    """Return the models, created once."""
    return {name: make() for name, make in MODELS.items()}


@pytest.fixture(scope="module")
def zoo():
    """Return the models of the zoo, created once."""
    return graph_zoo.made()


def test_a_line_through_a_box_would_be_found():
    box = (1, 1, 3, 2)
    assert overlaps((2, 0, 2, 4), box) and overlaps((0, 1.5, 1.5, 1.5), box)
    assert not overlaps((0, 1.5, 1, 1.5), box) and not overlaps((0, 2, 4, 2), box)


def layout_of(drawn, room=None):
    counts = [sum(b == number for _, b in drawn.edges) for number in range(len(drawn.blocks))]
    boxes = [box_of(block, count) for block, count in zip(drawn.blocks, counts, strict=True)]
    return lay_out(boxes, drawn.edges, room)


def texts(ax):
    return [text.get_text().replace("\N{MULTIPLICATION SIGN}", "x") for text in ax.texts]


def segments(line):
    """Yield the segments of a line as boxes (left, bottom, right, top)."""
    for start, end in pairwise(line):
        (left, right), (low, high) = (sorted(pair) for pair in zip(start, end, strict=True))
        if right - left + high - low > CLOSE:
            yield left, low, right, high


def overlaps(one, box):
    """Return whether a line or a box overlaps a box, not only touches it."""
    is_apart_in_x = one[2] < box[0] + CLOSE or one[0] > box[2] - CLOSE
    is_apart_in_y = one[3] < box[1] + CLOSE or one[1] > box[3] - CLOSE
    return not (is_apart_in_x or is_apart_in_y)


def corners(rectangle):
    left, lower, width, height = rectangle
    return left, lower, left + width, lower + height


def check(layout):
    """Assert that boxes and lines do not overlap, and that no two lines run along each other."""
    boxes = [corners(rectangle) for rectangle in layout.rectangles]
    assert not any(overlaps(one, other) for one, other in combinations(boxes, 2))
    lines = {pair: list(segments(line)) for pair, line in layout.lines.items()}
    for left, low, right, high in (piece for line in lines.values() for piece in line):
        assert right - left < CLOSE or high - low < CLOSE
        assert left > 0 and low > 0 and right < layout.width and high < layout.height
        assert not any(overlaps((left, low, right, high), box) for box in boxes)
    for one, other in combinations(lines, 2):
        if one[0] != other[0] and one[1] != other[1]:
            both = [(a, b) for a in lines[one] for b in lines[other]]
            assert not any(_along(a, b) for a, b in both), (one, other)


def _along(one, other):
    """Return whether two segments overlap along their direction."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    flat = max(one[3] - one[1], other[3] - other[1]) < CLOSE
    upright = max(one[2] - one[0], other[2] - other[0]) < CLOSE
    return (flat and wide > CLOSE and high > -CLOSE) or (upright and high > CLOSE and wide > -CLOSE)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("room", [None, (4, 3), (3, 8)])
def test_boxes_and_lines_do_not_overlap(made, name, room):
    drawn = graph(made[name])
    layout = layout_of(drawn, room)
    check(layout)
    assert list(layout.lines) == drawn.edges


@pytest.mark.parametrize("seed", [*range(20), *slow(*range(20, 60))])
def test_any_graph_has_a_layout_without_a_line_through_a_box_or_along_another(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 22))
    density = rng.choice([0.02, 0.1, 0.3])
    pairs = [(a, b) for b in range(count) for a in range(b)]
    probabilities = np.array([0.85 if b == a + 1 else density for a, b in pairs])
    arrows = sorted(np.array(pairs)[rng.random(len(pairs)) < probabilities].tolist())
    sizes = zip(rng.choice([0.32, 2.0], count), rng.choice([0.32, 0.9], count), strict=True)
    boxes = [Box((), "+", float(width), float(height), 0) for width, height in sizes]
    check(lay_out(boxes, [tuple(arrow) for arrow in arrows], None if seed % 2 else (8, 5)))


@pytest.mark.parametrize("name", MODELS)
def test_each_line_goes_from_its_block_to_the_other_one(made, name):
    drawn = graph(made[name])
    layout = layout_of(drawn)
    for (source, target), line in layout.lines.items():
        left, lower, right, _ = corners(layout.rectangles[source])
        assert line[0] == pytest.approx(((left + right) / 2, lower))
        x, y = line[-1]
        left, lower, right, upper = corners(layout.rectangles[target])
        beside = x == pytest.approx(left) or x == pytest.approx(right)
        above = y == pytest.approx(upper)
        assert (beside and lower < y < upper) or (above and left < x < right)


@pytest.mark.parametrize("name", few(MODELS, 6))
def test_texts_are_legible_and_inside_their_boxes(made, name):
    drawn = graph(made[name])
    ax = plot_model_graph(made[name], title="A model")
    figure = ax.get_figure()
    figure.canvas.draw()
    assert all(text.get_visible() and text.points() >= 10 for text in ax.texts)
    boxes = [text.get_window_extent() for text in ax.texts]
    whole = figure.bbox
    for box in boxes:
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1
    for number, box in enumerate(boxes):
        assert not box.padded(-1).count_overlaps([other.padded(-1) for other in boxes[:number]])
    outlines = [path.get_extents() for path in ax.collections[3].get_paths()]
    assert len(outlines) == len(drawn.blocks)
    pixels = [outline.transformed(ax.transData) for outline in outlines]
    for text, box in zip(ax.texts[:-1], boxes[:-1], strict=True):
        around = [p for p in pixels if p.contains(*box.get_points().mean(axis=0))]
        assert len(around) == 1, text
        assert around[0].x0 < box.x0 and box.x1 < around[0].x1, text
        assert around[0].y0 < box.y0 and box.y1 < around[0].y1, text


def test_a_block_shows_its_layer_its_shape_and_its_parameters(made):
    ax = plot_model_graph(made["cifar"])
    written = texts(ax)
    assert written[:2] == ["Input", "32 x 32 x 3"]
    assert written[2:6] == ["Conv 3 x 3, 32", "ReLU", "32 x 32 x 32", "896 parameters"]
    assert written[-5:] == [
        *("Dense 10", "softmax", "10 numbers", "5,130 parameters"),
        "2,168,362 parameters in all",
    ]
    assert written.count("Max pooling 2 x 2") == written.count("dropout 0.25") == 2
    assert not any(text.startswith("0 ") for text in written)


def test_a_sum_is_a_circle_with_a_plus(made):
    ax = plot_model_graph(made["residual"])
    assert texts(ax).count("$+$") == 2 and "Add" not in texts(ax)
    assert "Add" in texts(plot_model_graph(made["projected"]))  # it has a ReLU to name


def test_titles_are_bold_and_kinds_have_different_colors(made):
    ax = plot_model_graph(made["cifar"])
    bold = [text.get_text() for text in ax.texts if text.get_weight() == "bold"]
    assert len(bold) == 10 and "Flatten" in bold
    faces = ax.collections[3].get_facecolor()
    kinds = [block.kind for block in graph(made["cifar"]).blocks]
    colors = {kind: tuple(face) for kind, face in zip(kinds, faces, strict=True)}
    assert len(set(colors.values())) == len(colors) == 5


def test_artists_are_few_collections(made):
    ax = plot_model_graph(made["deep"])
    kinds = [type(collection) for collection in ax.collections]
    assert kinds == [PathCollection, PolyCollection, *[PatchCollection] * 2, PolyCollection]
    assert not ax.patches and not ax.lines
    lines, heads, _, boxes, _ = ax.collections
    assert len(lines.get_paths()) == 33 and len(boxes.get_paths()) == 28
    assert len(heads.get_paths()) == 33


def test_a_long_model_has_columns_and_a_figure_of_sensible_size(made):
    figure = plot_model_graph(made["deep"]).get_figure()
    assert 8 < figure.get_figwidth() < 12.5 and figure.get_figheight() < 10
    lefts = {round(left, 3) for left, *_ in layout_of(graph(made["deep"])).rectangles}
    assert len(lefts) >= 4  # with those of the circles
    assert plot_model_graph(made["mlp"]).get_figure().get_figwidth() < 3


def test_sections_end_where_one_edge_crosses(made):
    layering = Layering(28, graph(made["deep"]).edges)
    assert len(layering.rows) == 28
    for n_sections in (2, 3, 4):
        starts = section_starts([1.0] * 28, layering.n_crossing, n_sections)
        assert starts[0] == 0 and len(starts) == n_sections
        assert all(layering.n_crossing[start - 1] == 1 for start in starts[1:])


def test_branches_are_side_by_side():
    drawn = graph(inception())
    layering = Layering(len(drawn.blocks), drawn.edges)
    assert len(set(layering.columns)) == 4
    assert sorted(len(row) for row in layering.rows) == [1, 1, 1, 3, 4]
    ends = [block for block, other in enumerate(drawn.blocks) if other.title == "Concatenate"]
    assert layering.columns[ends[0]] == layering.columns[0] == 0


def test_an_input_is_one_rank_above_its_use(made):
    drawn = graph(made["two inputs"])
    layering = Layering(len(drawn.blocks), drawn.edges)
    by_title = {block.title: layering.ranks[n] for n, block in enumerate(drawn.blocks)}
    assert by_title["Input facts"] == by_title["Dense 16"] - 1 == by_title["Concatenate"] - 2
    assert by_title["Input image"] == 0


def test_a_dot_is_where_lines_split_and_nowhere_else(made):
    layout = layout_of(graph(made["residual"]))
    assert len(junctions(layout.lines)) == 2
    assert junctions(layout_of(graph(made["cifar"])).lines) == []


def test_shared_parts_of_lines_are_drawn_once():
    lines = {
        (0, 1): [(0, 3), (0, 0)],
        (0, 2): [(0, 3), (0, 2), (4, 2), (4, 0)],
        (3, 2): [(8, 3), (8, 1), (4, 1), (4, 0)],
    }
    straight, splits, joins = without_shared_parts(lines)
    assert np.allclose(straight[0], (0, 3)) and 0 < straight[-1][1] < 0.1
    assert np.allclose(splits[:3], [(0, 2), (4, 2), (4, 0.055)])
    assert np.allclose(joins, [(8, 3), (8, 1), (4, 1)])
    assert junctions(lines) == [(0, 2)]


def test_corners_are_round_and_ends_are_where_they_were():
    path = rounded_path([(0, 0), (0, 1), (2, 1)])
    assert path.vertices[0].tolist() == [0, 0] and path.vertices[-1].tolist() == [2, 1]
    assert [0.0, 1.0] in path.vertices.tolist() and len(path.vertices) == 5


def test_slabs_show_how_a_tensor_becomes_smaller_and_deeper():
    shapes = [(32, 32, 3), (16, 16, 64), (42, 28), (4096,), (10,), (), (None, None, 3)]
    largest = icon_scale(shapes)
    slabs = [icon(shape, largest) for shape in shapes]
    assert [len(slab) for slab in slabs] == [3, 3, 3, 1, 1, 1, 3]
    fronts = [np.ptp(slab[0], axis=0) for slab in slabs]
    assert fronts[0][0] == pytest.approx(np.sqrt(2) * fronts[1][0])
    assert fronts[2][1] > fronts[2][0]  # higher than wide
    assert fronts[3][1] > 2 * fronts[4][1] > 0
    deep, deeper = (
        np.ptp(np.concatenate(slab), axis=0) - np.ptp(slab[0], axis=0) for slab in slabs[:2]
    )
    assert deeper[0] > 2 * deep[0]
    points = np.concatenate([np.concatenate(slab) for slab in slabs])
    assert np.abs(points).max() <= 0.5 + 1e-9


def test_long_names_are_folded_and_several_shapes_written_out():
    block = Block("model", ["Model " + "a_long_name_" * 5], shapes=((None, 3), (7,)), parameters=1)
    box = box_of(block, 1)
    assert box.n_title_lines >= 2 and all(len(line) <= 26 for line in box.lines)
    assert "1 parameter" in box.lines
    shapes = " ".join(box.lines[box.n_title_lines :]).replace("\N{MULTIPLICATION SIGN}", "x")
    assert "? x 3" in shapes and "7 numbers" in shapes


def test_given_axes_are_drawn_in_and_returned(made):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 6), layout="constrained")
    assert plot_model_graph(made["mlp"], ax=right, title="On the right") is right
    assert right.get_title() == "On the right" and not left.texts
    assert plt.get_fignums() == [figure.number]


def test_a_slide_has_room_for_a_residual_net(made):
    _, ax = plt.subplots(figsize=(12, 6.75), layout="constrained")
    plot_model_graph(made["residual"], ax=ax)
    ax.get_figure().canvas.draw()
    assert all(text.get_visible() for text in ax.texts)


def test_text_is_hidden_in_small_axes(made):
    _, ax = plt.subplots(figsize=(3, 2))
    plot_model_graph(made["deep"], ax=ax)
    ax.get_figure().canvas.draw()
    assert not any(text.get_visible() for text in ax.texts)


def side_blocks_of(drawn):
    return {number for number, block in enumerate(drawn.blocks) if block.is_side_branch}


@pytest.mark.parametrize("name", ["text", "transformer"])
def test_a_mask_is_next_to_the_path_from_an_input_through_its_embedding(made, name):
    drawn = graph(made[name])
    side_blocks = side_blocks_of(drawn)
    layering = Layering(len(drawn.blocks), drawn.edges, side_blocks)
    assert side_blocks
    for source, target in drawn.edges:
        kinds = drawn.blocks[source].kind, drawn.blocks[target].kind
        if kinds == ("input", "embedding"):
            assert layering.ranks[target] == layering.ranks[source] + 1
        if "embedding" in kinds:
            assert layering.columns[target] == layering.columns[source]
    others = {
        layering.columns[number] for number in range(len(drawn.blocks)) if number not in side_blocks
    }
    assert not others & {layering.columns[number] for number in side_blocks}


def test_masks_make_the_main_path_no_longer(made):
    drawn = graph(made["transformer"])
    side_blocks = side_blocks_of(drawn)
    main = [arrow for arrow in drawn.edges if not side_blocks & set(arrow)]
    with_masks, without = (
        Layering(len(drawn.blocks), edges, side_blocks) for edges in (drawn.edges, main)
    )
    for number in range(len(drawn.blocks)):
        if number not in side_blocks and drawn.blocks[number].kind != "input":
            assert with_masks.ranks[number] <= without.ranks[number] + 1


def test_the_main_path_is_the_first_column_even_if_a_side_branch_is_longer():
    arrows = [(0, 1), (1, 5), (0, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
    layering = Layering(7, sorted(arrows), side_blocks={2, 3, 4})
    assert [layering.columns[number] for number in (0, 1, 5, 6)] == [0] * 4
    assert layering.ranks[1] == layering.ranks[0] + 1
    assert {layering.columns[number] for number in (2, 3, 4)} == {1}


def test_kinds_of_layers_have_different_colors():
    kinds = {*KINDS, "input", "merge", "model"} - {"shape"}
    assert kinds <= set(COLORS)
    assert len(set(COLORS.values()) | {GREY}) == len(COLORS) + 1


@pytest.mark.parametrize("name", ["text", "transformer"])
def test_recurrent_layers_attention_and_embeddings_have_their_colors(made, name):
    ax = plot_model_graph(made[name])
    faces = ax.collections[3].get_facecolor()
    for block, face in zip(graph(made[name]).blocks, faces, strict=True):
        assert to_rgb(face) == pytest.approx(tint(COLORS.get(block.kind, GREY), 0.22))


TITLE = "An encoder and a decoder for sentences of twenty tokens, with masks for the padding"


@pytest.mark.parametrize("name", ["mlp", "text"])
@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_a_title_that_is_wider_than_the_graph_is_wrapped(made, name, style):
    with plt.style.context(style):
        ax = plot_model_graph(made[name], title=TITLE)
        figure = ax.get_figure()
        figure.canvas.draw()
    assert "\n" in ax.get_title() and ax.get_title().replace("\n", " ") == TITLE
    box, whole = ax.title.get_window_extent(), figure.bbox
    assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and box.y1 <= whole.y1
    highest = max(text.get_window_extent().y1 for text in ax.texts)
    assert box.y0 >= highest
    assert all(text.points() >= 10 for text in ax.texts)


def test_a_sequence_is_as_high_as_its_steps_and_as_wide_as_its_units():
    largest = icon_scale([(40, 64), (30, 8000), (40, 256), (100,)])
    fronts = [
        np.ptp(icon(shape, largest)[0], axis=0) for shape in [(40, 64), (30, 8000), (40, 256)]
    ]
    assert fronts[0][1] == pytest.approx(fronts[2][1]) and fronts[1][1] < fronts[0][1]
    assert 0.2 < fronts[0][0] < fronts[2][0] < fronts[1][0]  # none of them is a speck


@pytest.mark.parametrize("make", [cifar, residual, deep])
def test_an_svg_has_no_pixel_images(make, tmp_path):
    path = save_figure(plot_model_graph(make(), title="A model"), tmp_path / "model.svg")
    assert path.read_text().count("<image") == 0


def test_settings_are_left_alone(made):
    before = dict(plt.rcParams)
    plot_model_graph(made["mlp"])
    assert dict(plt.rcParams) == before


def test_a_single_input_is_drawn():
    inputs = keras.Input((3,))
    assert texts(plot_model_graph(keras.Model(inputs, inputs)))[0] == "Input"


@pytest.mark.parametrize("model", [keras.Sequential([LAYERS.Dense(3)]), None, [3, 2]])
def test_an_invalid_model_raises_before_a_figure_is_created(model):
    with pytest.raises(ValueError, match=r"model must be .* Got .* instead\."):
        plot_model_graph(model)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("expand", [False, *slow(True)])
@pytest.mark.parametrize("name", ZOO)
def test_models_of_the_zoo_are_drawn_without_faults(zoo, name, expand):
    ax = plot_model_graph(zoo[name], expand=expand, title=name)
    assert faults(ax) == []
    assert all(text.get_visible() and text.points() >= 10 for text in ax.texts)


def test_faults_of_a_drawing_would_be_found(made):
    ax = plot_model_graph(made["residual"])
    assert faults(ax) == []
    ax.texts[2].set_x(ax.texts[2].get_position()[0] + 1)
    assert any("leaves its box" in fault or "in no box" in fault for fault in faults(ax))
    ax = plot_model_graph(made["residual"])
    ax.texts[2].set_y(ax.texts[0].get_position()[1])
    assert any("meets" in fault for fault in faults(ax))
    ax = plot_model_graph(made["residual"])
    lines = ax.collections[0]
    lines.set_paths([Path(np.add(path.vertices, 0.5)) for path in lines.get_paths()])
    assert any("a line meets box" in fault for fault in faults(ax))


def test_frozen_blocks_are_dashed_and_marked(zoo):
    ax = plot_model_graph(zoo["frozen base"], expand=True)
    dashed = [dashes is not None for _, dashes in ax.collections[3].get_linestyle()]
    assert dashed == [False, True, True, True, False, False]
    written = texts(ax)
    assert written.count("frozen") == 3
    assert " ".join(written[-2:]) == "466 parameters in all: 10 trainable, 456 frozen"


def test_parameters_that_are_neither_trained_nor_frozen_are_counted_apart():
    base = keras.Sequential([keras.Input((4,)), LAYERS.Dense(3)], name="base")
    base.trainable = False
    model = keras.Sequential([base, LAYERS.Dense(2), LAYERS.BatchNormalization()])
    written = " ".join(texts(plot_model_graph(model)))
    assert "parameters in all: 12 trainable, 15 frozen, 4 other non-trainable" in written
    base.layers[0].trainable = True
    assert texts(plot_model_graph(model))[-1] == "31 parameters in all"


def test_each_of_two_tensors_has_an_arrow(zoo):
    heads = {}
    for expand in (False, True):
        ax = plot_model_graph(zoo["two outputs"], expand=expand)
        heads[expand] = ax.collections[1].get_paths()
        assert len(ax.collections[0].get_paths()) == (4 if not expand else 8)
    tips = sorted(path.vertices[0].tolist() for path in heads[False])
    assert len(tips) == 4
    pairs = [(a, b) for a, b in combinations(tips, 2) if a[1] == b[1]]
    assert len(pairs) == 1 and pairs[0][1][0] - pairs[0][0][0] == pytest.approx(0.12)


def test_parallel_lines_have_a_constant_distance_around_corners():
    right, left = parallel_lines([(0, 3), (0, 2), (4, 2), (4, 0)], 2)
    assert np.allclose(left, [(0.06, 3), (0.06, 2.06), (4.06, 2.06), (4.06, 0)])
    assert np.allclose(right, [(-0.06, 3), (-0.06, 1.94), (3.94, 1.94), (3.94, 0)])
    many = parallel_lines([(0, 1), (0, 0)], 13)
    assert many[-1][0][0] - many[0][0][0] == pytest.approx(0.6)


def test_notes_on_tracing_are_below_the_graph(zoo):
    ax = plot_model_graph(zoo["GAN"])
    assert "GAN 'gan' has no call, so its layers have no arrows." in " ".join(texts(ax))
    assert not ax.collections[0].get_paths()
    lefts = {round(path.get_extents().x0, 3) for path in ax.collections[3].get_paths()}
    assert len(lefts) == 1  # one below the other


def test_a_model_that_is_not_built_is_drawn_for_an_example_batch():
    ax = plot_model_graph(Classifier(), x=np.zeros((2, 6)))
    assert texts(ax)[:2] == ["Input", "6 numbers"]
    assert texts(ax).count("not called") == 2
