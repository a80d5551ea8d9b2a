"""What some notebooks look into, handed on in one place.

None of it belongs to the public face of the package: a name here may move or change with any
version. Each is described where it is defined.
"""
# ruff: noqa: F401  (handed on)

from studio2shop.catalogue.describe import describe_problems
from studio2shop.evaluation import stopwatch, timings
from studio2shop.evaluation.fdna_accuracy import attribute_accuracy
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.evaluation.table4 import external_table
from studio2shop.evaluation.untrained import DESCRIPTIONS
from studio2shop.features.activations import Activations
from studio2shop.io.images import load_images
from studio2shop.models.backbones import build_pooled_backbone
from studio2shop.models.layer_table import derivation_table
from studio2shop.models.towers import build_towers
from studio2shop.retrieval import ExactScorer
from studio2shop.retrieval.candidates import CandidateStage
from studio2shop.retrieval.weights import split_matching
from studio2shop.studio.restage import restaged_queries
from studio2shop.studio.styles import STYLES
from studio2shop.studio.worn import worn_articles
from studio2shop.training.augmentation import augment_as_drawn, augment_images
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.match_batches import kept_activations
from studio2shop.training.phases import join_to_train, train_matching, train_studio2shop
from studio2shop.training.plan import TrainingPlan
