"""What the model must beat: picks among the inputs that need no training."""

from collections.abc import Sequence

from training.metrics import rouge_1


def first_input(inputs: Sequence[str]) -> str:
    """The first sentence as it stands."""
    return inputs[0]


def centroid_input(inputs: Sequence[str]) -> str:
    """The input that the others resemble most (mean ROUGE-1 F); the first among equals.

    The best unsupervised pick: it never sees the target.
    """

    def centrality(index: int) -> float:
        others = [text for place, text in enumerate(inputs) if place != index]
        return sum(rouge_1(other, inputs[index]) for other in others)

    return inputs[max(range(len(inputs)), key=lambda index: (centrality(index), -index))]


def best_input(inputs: Sequence[str], target: str) -> str:
    """The input nearest to the target: not a baseline but the ceiling of picking."""
    return max(inputs, key=lambda text: rouge_1(target, text))
