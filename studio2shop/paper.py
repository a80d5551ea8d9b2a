"""The paper's own numbers, to check against and to print beside ours.

Lasserre, Rasch, Vollgraf: Studio2Shop: from studio photo shoots to fashion articles (2018).
"""

QUERY_SIZE = (224, 155)  # height x width in pixels; queries and title images (Section 3)
FDNA_IMAGE_SIZE = (256, 177)  # the fDNA network's input (Table 5)
FEATURE_SIZE = 128  # article features after PCA (Section 3)
FDNA_SIZE = 1536  # activations of the fDNA layer (Table 5)
QUERIES_PER_BATCH = 64  # Section 4.1
ARTICLES_PER_QUERY = (
    50  # Section 4.1: all annotated matches, the rest negatives drawn without replacement
)
TRAIN_FRACTION = 0.8  # Section 5.1

CATEGORY_FRACTIONS = {  # Section 3
    "t-shirt/top": 0.35,
    "trouser": 0.20,
    "pullover": 0.14,
    "dress": 0.14,
    "shirt": 0.12,
    "skirt": 0.03,
    "jacket": 0.02,
}

ATTRIBUTES = {  # Section 3, for all-in-two-nets: name -> (number of values, coverage)
    "category": (7, 1.00),
    "main_colour": (82, 1.00),
    "pattern": (19, 0.53),
    "clothing_length": (12, 0.50),
    "sleeve_length": (9, 0.32),
    "shirt_collar": (27, 0.30),
    "neckline": (12, 0.23),
    "material_construction": (14, 0.20),
    "trouser_rise": (3, 0.14),
}

# Table 3's columns
METRICS = (
    "top_1",
    "top_5",
    "top_10",
    "top_20",
    "top_50",
    "top_1_percent",
    "average",
    "median",
)

TABLE_3 = {  # 20,000 test queries against 50,000 articles
    "static-fc14-linear": (0.005, 0.015, 0.022, 0.033, 0.054, 0.166, 13502, 8139),
    "static-fc14-non-linear": (0.030, 0.083, 0.121, 0.176, 0.271, 0.609, 1672, 258),
    "fc14-non-linear": (0.131, 0.317, 0.423, 0.539, 0.684, 0.926, 230, 15),
    "128floats-non-linear": (0.132, 0.319, 0.426, 0.540, 0.677, 0.909, 274, 15),
    "fDNA-ranking-loss": (0.091, 0.263, 0.372, 0.494, 0.660, 0.933, 177, 20),
    "fDNA-linear": (0.121, 0.314, 0.423, 0.547, 0.700, 0.936, 178, 15),
    "all-in-two-nets": (0.033, 0.115, 0.181, 0.277, 0.438, 0.838, 620, 69),
    "Studio2Shop": (0.238, 0.496, 0.613, 0.722, 0.834, 0.970, 89, 5),
}
TABLE_3_NUM_ARTICLES = 50_000
TABLE_3_NUM_QUERIES = 20_000

TABLE_4 = {  # external data sets, without fine-tuning (Section 5.2); Table 3's columns
    "DeepFashion In-Shop": {
        "fc14-non-linear": (0.159, 0.439, 0.565, 0.689, 0.838, 0.475, 32, 6),
        "Studio2Shop": (0.258, 0.578, 0.712, 0.818, 0.919, 0.619, 17, 3),
    },
    "LookBook": {
        "fc14-non-linear": (0.009, 0.031, 0.050, 0.078, 0.134, 0.181, 1657, 797),
        "Studio2Shop": (0.013, 0.044, 0.070, 0.107, 0.182, 0.241, 1266, 466),
    },
}
# queries, articles
TABLE_4_SIZES = {
    "DeepFashion In-Shop": (2_922, 683),
    "LookBook": (68_820, 8_726),
}

# (name, type, kernel, activation, output size, parameters)
TABLE_5 = (
    ("", "InputLayer", "", "", "256x177x3", 0),
    ("", "Conv2D", "11x11", "ReLU", "62x42x96", 34_944),
    ("", "MaxPooling2D", "", "", "31x21x96", 0),
    ("", "LRN", "", "", "31x21x96", 0),
    ("", "Conv2D", "5x5", "ReLU", "31x21x256", 614_656),
    ("", "MaxPooling2D", "", "", "15x10x256", 0),
    ("", "LRN", "", "", "15x10x256", 0),
    ("", "Conv2D", "3x3", "ReLU", "15x10x384", 885_120),
    ("", "Conv2D", "3x3", "ReLU", "15x10x384", 1_327_488),
    ("", "Conv2D", "3x3", "ReLU", "15x10x256", 884_992),
    ("", "MaxPooling2D", "", "", "7x5x256", 0),
    ("", "Flatten", "", "", "8960", 0),
    ("fDNA", "Dense", "", "ReLU", "1536", 13_764_096),
    ("", "Dense", "", "ReLU", "1024", 1_573_888),
    ("commodity", "Dense", "", "softmax", "1448", 1_484_200),
    ("", "Dense", "", "ReLU", "890", 1_367_930),
    ("article_number", "Dense", "", "softmax", "445", 396_495),
    ("", "Dense", "", "ReLU", "160", 245_920),
    ("silhouette", "Dense", "", "softmax", "80", 12_880),
    ("", "Dense", "", "ReLU", "1024", 1_573_888),
    ("brand", "Dense", "", "softmax", "3719", 3_811_975),
    ("", "Dense", "", "ReLU", "306", 470_322),
    ("target_group", "Dense", "", "softmax", "153", 46_971),
    ("", "Dense", "", "ReLU", "40", 61_480),
    ("pattern", "Dense", "", "softmax", "19", 779),
    ("", "Dense", "", "ReLU", "72", 110_664),
    ("material", "Dense", "", "softmax", "36", 2_628),
    ("", "Dense", "", "ReLU", "244", 375_028),
    ("main_colour", "Dense", "", "softmax", "122", 29_890),
    ("", "Dense", "", "ReLU", "140", 215_180),
    ("second_colour", "Dense", "", "softmax", "70", 9_870),
)
TABLE_5_TOTAL = 29_301_284

TABLE_6 = {  # fDNA's attributes at Zalando, by Table 5's names: number of values
    "commodity": 1448,
    "article_number": 445,
    "silhouette": 80,
    "brand": 3719,
    "target_group": 153,
    "pattern": 19,
    "material": 36,
    "main_colour": 122,
    "second_colour": 70,
}

# (submodule, name, type, activation, output size, parameters)
TABLE_7 = (
    ("query-feature", "query_input", "InputLayer", "", "224x155x3", 0),
    ("query-feature", "", "VGG16", "", "7x4x512", 14_714_688),
    ("query-feature", "", "Flatten", "", "14336", 0),  # printed as 14436, a slip
    ("query-feature", "", "Dense", "ReLU", "2048", 29_362_176),
    ("query-feature", "", "Dropout(0.5)", "", "2048", 0),
    ("query-feature", "", "Dense", "ReLU", "2048", 4_196_352),
    ("query-feature", "", "Dropout(0.5)", "", "2048", 0),
    ("query-feature", "query_fDNA", "Dense", "", "128", 262_272),
    ("query-article-matching", "article_fDNA", "InputLayer", "", "128", 0),
    ("query-article-matching", "query_fDNA", "InputLayer", "", "128", 0),
    ("query-article-matching", "", "Concatenate", "", "256", 0),
    ("query-article-matching", "", "BatchNorm", "", "256", 512),
    ("query-article-matching", "", "Dense", "ReLU", "256", 65_792),
    ("query-article-matching", "", "Dense", "ReLU", "256", 65_792),
    ("query-article-matching", "", "Dense", "sigmoid", "1", 257),
)
TABLE_7_TOTAL = 48_667_841  # trainable parameters

# seconds for one image against 50,000 articles (appendix, Timings)
FIGURE_9 = {
    "Xeon CPU": 5,
    "K80 GPU": 8,
}
